"""The stages of the pipeline: files in, files out, one spec.

Nothing heavy is imported before it is known which stage runs, and numba not before its cache is chosen.
"""

from __future__ import annotations

import argparse
import math
import sys
from argparse import Namespace
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from adamatlas.cli import jobs, published
from adamatlas.cli.arguments import Run, add_config, command, folder, output, positive
from adamatlas.cli.hand_made import fault
from adamatlas.errors import UserError

if TYPE_CHECKING:
    from adamatlas.contracts import DataModule, Engine, MeasureModule

DATA_ATTRS = ("data_set", "data_set_contents", "data_set_checksum")
"""What the attributes of a data file say about an image set, handed on to everything made from it."""
TRAINING_ATTRS = ("engine", "device", "numba_version", "torch_version", "dtype", *DATA_ATTRS)
"""What the attributes of a trace say about its training, handed on to measures and cubes."""


def data(options: Namespace) -> None:
    """Draw the training data of one block of seeds."""
    spec, attrs = jobs.begin("data", options)
    source: DataModule = jobs.module("data", spec)
    draws = [source.sample(spec["settings"], seed) for seed in spec["seeds"]]
    ds = _stack(draws, source.DIMS, spec["seeds"])
    if hasattr(source, "provenance"):
        attrs |= source.provenance(spec["settings"])
    jobs.write("data", ds, spec, attrs, options.out)


def train(options: Namespace) -> None:
    """Train all lanes of one cell for one block of seeds, resuming from a checkpoint if there is one."""
    spec, attrs = jobs.begin("train", options)
    from adamatlas import stale
    from adamatlas.cli.alone import alone

    with alone(options.checkpoints, spec) as waited:
        if waited and stale.is_made("train", options.out, spec):
            print(f"adamatlas: {options.out} has been made meanwhile", file=sys.stderr)
            return
        _train(spec, attrs, options)


def _train(spec: jobs.Spec, attrs: dict[str, Any], options: Namespace) -> None:
    from adamatlas import store
    from adamatlas.engines import devices, run
    from adamatlas.progress import Progress

    engine: Engine = jobs.module("train", spec)
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
    jobs.write("train", trace, spec, attrs, options.out)
    run.discard(spec, options.checkpoints)


def measure(options: Namespace) -> None:
    """Measure one thing on the traces of a study for one block of seeds."""
    from adamatlas import runs, store

    spec, attrs = jobs.begin("measure", options)
    source: MeasureModule = jobs.module("measure", spec)
    read_data = lru_cache(maxsize=1)(store.read_dataset)
    wanted = spec.get("traces", [None] * len(options.trace))
    if len(wanted) != len(options.trace):
        raise UserError(f"--trace: {len(options.trace)} files, but the spec is of {len(wanted)} traces")
    files = enumerate(zip(options.trace, options.data, wanted, strict=True))
    measured: dict[int, Any] = {}
    made = []
    for number, (trace_file, data_file, trace_id) in sorted(files, key=lambda item: item[1][1]):  # by data
        trace = store.read_dataset(trace_file, expect="trace", spec_id=trace_id)
        drawn = read_data(data_file, expect="data", spec_id=trace.attrs["data_id"])
        measured[number] = source.measure(trace, drawn, spec), store.read_spec(trace)
        made.append(trace.attrs)
    ds = runs.stack(part for _, part in sorted(measured.items()))
    ds.attrs = {}
    attrs |= jobs.common(made, TRAINING_ATTRS)
    jobs.write("measure", ds, spec, attrs, options.out)


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
    jobs.write("gather", cube, spec, attrs, options.out)


def figure(options: Namespace) -> int | None:
    """Draw one figure from a cube, as PNG and PDF; with --from, all figures of the cubes of a folder.

    The stage needs --spec, --cube, --png and --pdf; with --from nothing of a run is needed but the cubes.
    """
    if options.folder is not None:
        return published.figures(options)
    if missing := [f"--{name}" for name in ("spec", *FILES[figure]) if getattr(options, name) is None]:
        raise UserError(f"figure: {', '.join(missing)} missing; a person draws studies with --from DIR")
    spec, _ = jobs.begin("figure", options)
    drawing = jobs.drawn(spec, options.cube)
    jobs.guard("figure", spec)
    jobs.save(drawing, options.png, options.pdf)
    return None


def judge(options: Namespace) -> None:
    """Judge the claims of a paper on its cubes."""
    from adamatlas import store

    spec, _ = jobs.begin("judge", options)
    groups = zip(sorted(spec["claims"].items()), options.cube, strict=True)
    found = [claim for (group, study), file in groups for claim in jobs.judged(group, file, study)]
    jobs.guard("judge", spec)
    store.write_json(jobs.rows(found), options.out)


def collect(options: Namespace) -> None:
    """Collect the verdicts of all papers into one table, as JSON and HTML."""
    from adamatlas import store, verdicts

    rows = verdicts.join(store.read_json(file) for file in options.claim)
    store.write_json(rows, options.out)
    store.write_text(verdicts.html(rows), options.html)


FILES = {
    data: {"out": "data file to write"},
    train: {"data": "data file", "out": "trace file to write"},
    measure: {
        "trace+": "trace files",
        "data+": "data files, one for each trace",
        "out": "measure file to write",
    },
    gather: {"measure+": "measure files", "out": "cube to write"},
    figure: {"cube": "cube of the study", "png": "PNG to write", "pdf": "PDF to write"},
    judge: {"cube+": "cubes, one for each claim group in sorted order", "out": "JSON to write"},
    collect: {"claim+": "JSON files of the papers", "out": "JSON to write", "html": "HTML to write"},
}
"""The required options of each stage that take a file, or several (+)."""
OUTPUTS = ("out", "png", "pdf", "html")
EXAMPLES = {
    data: "--spec @data.json --out results/my/data.nc",
    train: "--spec @train.json --data data.nc --checkpoints /tmp --out trace.nc",
    measure: '--spec \'{"measure":"errors","problem":"patch_cnn","options":{"n_test":10000}}\' '
    "--trace trace.nc --data data.nc --out errors.nc",
    gather: "--spec @study.json --measure errors.nc --out cube.nc",
    figure: '--spec \'{"figure":"tang2025.fig3"}\' '
    "--cube results/default/cubes/tang2025.fig3.nc --png fig3.png --pdf fig3.pdf",
    judge: '--spec \'{"claims":{"tang2025.table1":"tang2025.table1"}}\' '
    "--cube results/default/cubes/tang2025.table1.nc --out claims.json",
    collect: "--claim results/default/claims/*.json --out claims.json --html claims.html",
}


def add(commands: argparse._SubParsersAction) -> None:
    """Declare the stages."""
    for run, files in FILES.items():
        made = command(commands, run, f"adamatlas {run.__name__} {EXAMPLES[run]}")
        if run is not collect:
            made.add_argument("--spec", required=run is not figure, help="what to do, as JSON or @FILE")
            text = "source fingerprint that the job was planned with; another one is an error"
            made.add_argument("--fingerprint", help=text)
        for name, text in files.items():
            flag, number = f"--{name.rstrip('+')}", "+" if name.endswith("+") else None
            kind = output if name in OUTPUTS else Path
            made.add_argument(
                flag, type=kind, required=run is not figure, nargs=number, metavar="FILE", help=text
            )
        made.set_defaults(run=partial(checked, run))
        if run is train:
            text = "folder of checkpoints"
            made.add_argument("--checkpoints", type=folder, required=True, metavar="DIR", help=text)
            made.add_argument(
                "--threads", type=positive, default=1, help="threads to train with (default: 1)"
            )
        if run is figure:
            published.add_source(made)
            add_config(made)


def checked(run: Run, options: Namespace) -> int | None:
    """Run a stage. Raises UserError where files are named twice, or a spec written by hand is wrong."""
    _check_files(options)
    try:
        return run(options)
    except (UserError, OSError):
        raise
    except Exception:
        spec = getattr(options, "spec", None)
        if text := spec and fault(run.__name__, jobs.read_spec(spec)):
            raise UserError(text) from None
        raise


def _check_files(options: Namespace) -> None:
    """Raise UserError where an output is another one's, or an input's, or traces have no data each."""
    given = {name: value for name, value in vars(options).items() if value is not None}
    taken: dict[Path, str] = {}
    for name in (*OUTPUTS, "trace", "data", "measure", "cube", "claim"):
        files = given.get(name, [])
        for file in files if isinstance(files, list) else [files]:
            place = Path(file).resolve()
            if (name in OUTPUTS and place in taken) or taken.get(place) in OUTPUTS:
                raise UserError(f"--{name}: {file} is --{taken[place]} as well; name another file")
            taken[place] = name
    if "trace" in given and len(given["trace"]) != len(given["data"]):
        raise UserError(
            f"--data: {len(given['data'])} files for {len(given['trace'])} traces; give one for each"
        )


def _stack(draws: list[dict[str, Any]], dims: dict[str, tuple[str, ...]], seeds: list[int]) -> Any:
    import numpy as np

    from adamatlas.arrays import Arrays, Variable

    variables = {
        name: Variable(dims[name], np.stack([draw[name] for draw in draws]), {}) for name in draws[0]
    }
    return Arrays({**variables, "seed": Variable(("seed",), np.array(seeds), {})}, frozenset({"seed"}))
