"""The stages of the pipeline: files in, files out, one spec.

Nothing heavy is imported before it is known which stage runs, and numba not before its cache is chosen.
"""

from __future__ import annotations

import argparse
import importlib
import math
import os
from argparse import Namespace
from pathlib import Path
from typing import Any

from adamatlas import __version__
from adamatlas.cli import jobs
from adamatlas.cli.arguments import command, path

DATA_ATTRS = ("data_set", "data_set_contents")
"""What the attributes of a data file say about an image set, handed on to everything made from it."""
TRAINING_ATTRS = ("engine", "device", "numba_version", "torch_version", "dtype", *DATA_ATTRS)
"""What the attributes of a trace say about its training, handed on to measures and cubes."""


def data(options: Namespace) -> None:
    """Draw the training data of one block of seeds."""
    from adamatlas import store

    spec, attrs = jobs.begin("data", options)
    source = jobs.module("data", spec)
    draws = [source.sample(spec["settings"], seed) for seed in spec["seeds"]]
    ds = _stack(draws, source.DIMS, spec["seeds"])
    if hasattr(source, "provenance"):
        attrs |= source.provenance(spec["settings"])
    jobs.finish("data", spec)
    store.write_dataset(ds, options.out, spec=spec, attrs=attrs)


def train(options: Namespace) -> None:
    """Train all lanes of one cell for one block of seeds, resuming from a checkpoint if there is one."""
    from adamatlas import store
    from adamatlas.progress import Progress

    spec, attrs = jobs.begin("train", options)
    from adamatlas.engines import devices, run

    engine = jobs.module("train", spec)
    drawn = store.read_arrays(options.data, expect="data")
    jobs.check_data(drawn, spec, options.data)
    draws = {
        seed: {name: drawn.variables[name].values[k] for name in drawn.variables.keys() - drawn.coords}
        for k, seed in enumerate(spec["lanes"]["seed"])
    }
    steps = spec["schedule"]["steps"] * math.prod(map(len, spec["lanes"].values()))
    with devices.claimed(engine.DEVICES) as device:
        trace = run.train(
            engine,
            spec,
            draws,
            threads=options.threads,
            checkpoints=options.checkpoints,
            progress=Progress(steps, options.out.stem),
            device=device,
        )
    attrs |= {"data_id": drawn.attrs["spec_id"], "engine": spec["engine"], "dtype": spec["dtype"]}
    attrs |= {"threads": options.threads, **jobs.versions()}
    attrs |= {name: drawn.attrs[name] for name in DATA_ATTRS if name in drawn.attrs}
    jobs.finish("train", spec)
    store.write_dataset(trace, options.out, spec=spec, attrs=attrs)
    run.discard(spec, options.checkpoints)


def measure(options: Namespace) -> None:
    """Measure one thing on the traces of a study for one block of seeds."""
    from adamatlas import runs, store

    spec, attrs = jobs.begin("measure", options)
    source = jobs.module("measure", spec)
    drawn: dict[Path, Any] = {}
    files = list(zip(options.trace, options.data, strict=True))
    measured: list[Any] = [None] * len(files)
    made: list[dict[str, Any]] = []
    for number in sorted(range(len(files)), key=lambda number: files[number][1]):  # what is drawn is kept
        trace_path, data_path = files[number]
        wanted = spec["traces"][number] if "traces" in spec else None
        trace = store.read_dataset(trace_path, expect="trace", spec_id=wanted)
        if data_path not in drawn:
            drawn = {data_path: store.read_dataset(data_path, expect="data", spec_id=trace.attrs["data_id"])}
        part = source.measure(trace, drawn[data_path], spec)
        measured[number] = (part, store.read_spec(trace))
        made.append(trace.attrs)
    ds = runs.stack(measured)
    ds.attrs = {}
    attrs |= jobs.common(made, TRAINING_ATTRS)
    jobs.finish("measure", spec)
    store.write_dataset(ds, options.out, spec=spec, attrs=attrs)


def gather(options: Namespace) -> None:
    """Gather the measures of a study into its cube."""
    from adamatlas import store

    spec, attrs = jobs.begin("gather", options)
    wanted = spec.get("measures", [None] * len(options.measure))
    parts = [
        store.read_dataset(file, expect="measure", spec_id=spec_id)
        for file, spec_id in zip(options.measure, wanted, strict=True)
    ]
    attrs |= jobs.common([part.attrs for part in parts], TRAINING_ATTRS)
    cube = jobs.module("gather", spec).gather(parts, spec)
    jobs.finish("gather", spec)
    store.write_dataset(cube, options.out, spec=spec, attrs=attrs)


def figure(options: Namespace) -> None:
    """Draw one figure from a cube, as PNG and PDF."""
    from adamatlas import store

    os.environ["MPLBACKEND"] = "Agg"  # one that a notebook leaves behind may not exist here
    spec, _ = jobs.begin("figure", options)
    source = jobs.module("figure", spec)
    cube = jobs.cube(options.cube, spec.get("study"))
    jobs.require(source, cube, f"figure {spec['figure']}")
    drawing = source.draw(cube)
    jobs.finish("figure", spec)
    for target, kind in ((options.png, "png"), (options.pdf, "pdf")):
        software = {"png": "Software", "pdf": "Creator"}[kind]
        with store.replacing(target) as temporary:
            drawing.savefig(temporary, format=kind, metadata={software: f"adamatlas {__version__}"})
        drawing.set_layout_engine("none")  # laid out once, for both files


def judge(options: Namespace) -> None:
    """Judge the claims of a paper on its cubes."""
    from adamatlas import store

    spec, _ = jobs.begin("judge", options)
    verdicts = []
    for (group, study), cube_path in zip(sorted(spec["claims"].items()), options.cube, strict=True):
        source = importlib.import_module(f"adamatlas.claims.{group}")
        cube = jobs.cube(cube_path, study)
        jobs.require(source, cube, f"claims {group}")
        verdicts += [claim.to_dict() for claim in source.judge(cube)]
    jobs.finish("judge", spec)
    store.write_json(verdicts, options.out)


def collect(options: Namespace) -> None:
    """Collect the verdicts of all papers into one table, as JSON and HTML."""
    from adamatlas import store, verdicts

    rows = verdicts.join(store.read_json(file) for file in options.claim)
    store.write_json(rows, options.out)
    store.write_text(verdicts.html(rows), options.html)


def add(commands: argparse._SubParsersAction) -> None:
    """Declare the stages."""
    made = command(commands, data, "adamatlas data --spec @data.json --out results/my/data.nc")
    _add_spec(made)
    path(made, "--out", "data file to write")

    made = command(
        commands, train, "adamatlas train --spec @train.json --data data.nc --checkpoints /tmp --out trace.nc"
    )
    _add_spec(made)
    path(made, "--data", "data file")
    made.add_argument("--checkpoints", type=Path, required=True, metavar="DIR", help="folder of checkpoints")
    made.add_argument("--threads", type=int, default=1, help="threads to train with (default: 1)")
    path(made, "--out", "trace file to write")

    made = command(
        commands,
        measure,
        "adamatlas measure --spec "
        '\'{"measure":"errors","problem":"patch_cnn","options":{"n_test":10000}}\' '
        "--trace trace.nc --data data.nc --out errors.nc",
    )
    _add_spec(made)
    path(made, "--trace", "trace files", many=True)
    path(made, "--data", "data files, one for each trace", many=True)
    path(made, "--out", "measure file to write")

    made = command(commands, gather, "adamatlas gather --spec @study.json --measure errors.nc --out cube.nc")
    _add_spec(made)
    path(made, "--measure", "measure files", many=True)
    path(made, "--out", "cube to write")

    made = command(
        commands,
        figure,
        'adamatlas figure --spec \'{"figure":"tang2025.fig3"}\' '
        "--cube results/default/cubes/tang2025.fig3.nc --png fig3.png --pdf fig3.pdf",
    )
    _add_spec(made)
    path(made, "--cube", "cube of the study")
    path(made, "--png", "PNG to write")
    path(made, "--pdf", "PDF to write")

    made = command(
        commands,
        judge,
        'adamatlas judge --spec \'{"claims":{"tang2025.table1":"tang2025.table1"}}\' '
        "--cube results/default/cubes/tang2025.table1.nc --out claims.json",
    )
    _add_spec(made)
    path(made, "--cube", "cubes, one for each claim group in sorted order", many=True)
    path(made, "--out", "JSON to write")

    made = command(
        commands,
        collect,
        "adamatlas collect --claim results/default/claims/*.json --out claims.json --html claims.html",
    )
    path(made, "--claim", "JSON files of the papers", many=True)
    path(made, "--out", "JSON to write")
    path(made, "--html", "HTML to write")


def _add_spec(made: argparse.ArgumentParser) -> None:
    made.add_argument("--spec", required=True, help="what to do, as JSON or @FILE")
    made.add_argument(
        "--fingerprint", help="source fingerprint that the job was planned with; another one is an error"
    )


def _stack(draws: list[dict[str, Any]], dims: dict[str, tuple[str, ...]], seeds: list[int]) -> Any:
    import numpy as np

    from adamatlas.arrays import Arrays, Variable

    variables = {
        name: Variable(dims[name], np.stack([draw[name] for draw in draws]), {}) for name in draws[0]
    }
    return Arrays({**variables, "seed": Variable(("seed",), np.array(seeds), {})}, frozenset({"seed"}))
