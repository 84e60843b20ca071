"""Small synthetic data files, traces and cubes."""

from __future__ import annotations

import itertools
import json
from functools import cache
from pathlib import Path
from zlib import crc32

import numpy as np
import xarray as xr

from adamatlas import declarations, registry
from adamatlas.config import read
from adamatlas.cubes import NOT_RUN, gather
from adamatlas.engines import run
from adamatlas.inventory import Inventory
from adamatlas.problems.patch_cnn.data import DIMS, sample

ROOT = Path(__file__).resolve().parent.parent
PATCH_CNN = {
    "sampler": "sparse", "d": 40, "n_train": 12, "s": 6, "m": 3, "q": 3, "output_scale": 1.0,
    "alpha": 0.2, "sigma_p": 0.4, "sigma_0": 0.3, "carry_in_span": True,
}  # fmt: skip
ADAM = {
    "lr": 1e-3,
    "beta1": 0.9,
    "beta2": 0.999,
    "v_exponent": 0.5,
    "eps": 1e-8,
    "v_floor": 0.0,
    "weight_decay": 1e-2,
    "v_block": "coordinate",
    "decay_kind": "coupled",
    "bias_correction": True,
    "sign": False,
}

NO_REGULARIZER = {"regularizer": "none", "reg_lambda": 0.0, "reg_factor": 0.5, "reg_off_epoch": None}


def data_file(settings: dict = PATCH_CNN, seeds: tuple = (0, 1)) -> xr.Dataset:
    """A data file as the data stage writes it."""
    draws = [sample(settings, seed) for seed in seeds]
    variables = {name: (dims, np.stack([draw[name] for draw in draws])) for name, dims in DIMS.items()}
    return xr.Dataset(variables, coords={"seed": list(seeds)})


def train(engine, spec: dict, data: xr.Dataset, **how) -> xr.Dataset:
    """The trace of a train spec on a data file, by an engine module."""
    draws = {
        seed: {name: np.ascontiguousarray(data[name].sel(seed=seed).values) for name in data.data_vars}
        for seed in data["seed"].values.tolist()
    }
    return run.train(engine, spec, draws, **how).to_xarray()


def train_spec(**changes) -> dict:
    """Sixty steps of the patch network, two seeds; `schedule` is laid over the default."""
    spec = {
        "problem": "patch_cnn",
        "engine": "fused",
        "dtype": "float64",
        "settings": PATCH_CNN,
        "optimizer": {**ADAM, "eps": 1e-6},
        "regularizer": NO_REGULARIZER,
        "schedule": {
            "batch_size": 4, "steps": 60, "steps_per_epoch": 3, "snapshots": 6, "snapshot_spacing": "linear",
            "moments": False, "weights": True,
        },
        "axes": {},
        "lanes": {"seed": [0, 1]},
    }  # fmt: skip
    schedule = spec["schedule"] | changes.pop("schedule", {})
    return spec | {"schedule": schedule} | changes


class Interrupt:
    """Progress that presses Ctrl-C at its `at`-th report of steps done, and keeps where a job resumed."""

    def __init__(self, at: int = 1) -> None:
        self.left, self.resumed_at = at, None

    def resumed(self, done: int) -> None:
        self.resumed_at = done

    def update(self, done: int) -> None:
        if done == 0:
            return
        self.left -= 1
        if self.left == 0:
            raise KeyboardInterrupt


def trace_file(
    settings: dict = PATCH_CNN,
    optimizer: dict = ADAM,
    lanes: dict | None = None,
    batch_size: int = 4,
    shots: int = 5,
    shape: tuple | None = None,
    problem: str = "patch_cnn",
) -> xr.Dataset:
    """A trace of random weights and moments with the given lanes (the last, `seed`, is fastest)."""
    lanes = lanes or {"seed": [0, 1]}
    points = list(itertools.product(*lanes.values()))
    random = np.random.default_rng(7)
    full = (len(points), shots, *(shape or (settings["d"], 2 * settings["m"])))
    dims = ("lane", "snapshot", "row", "column")
    w = random.normal(0, settings["sigma_0"], full)
    step = np.arange(shots) * 10
    steps_per_epoch = settings["n_train"] // batch_size
    spec = {
        "problem": problem,
        "settings": settings,
        "optimizer": optimizer,
        "regularizer": NO_REGULARIZER,
        "schedule": {
            "batch_size": batch_size,
            "steps_per_epoch": steps_per_epoch,
            "steps": int(step[-1]),
            "weights": True,
            "moments": True,
        },
        "lanes": lanes,
    }
    m = w.shape[-1] // 2
    label = np.repeat([-1, 1], m)
    tops = (label * w[:, :, 0]).reshape(*full[:2], 2, m).max(axis=-1)
    return xr.Dataset(
        {
            "w": (dims, w),
            "m": (dims, random.normal(0, 1e-2, full)),
            "v": (dims, random.uniform(1e-6, 1e-3, full)),
            "feature": (("lane", "snapshot", "label"), tops),
            "status": ("lane", np.ones(len(points), np.int8)),
            "diverged_step": ("lane", np.full(len(points), -1)),
        },
        coords={
            "step": ("snapshot", step),
            "epoch": ("snapshot", step / steps_per_epoch),
            **{name: ("lane", [point[k] for point in points]) for k, name in enumerate(lanes)},
        },
        attrs={"spec_json": json.dumps(spec)},
    )


def dense(index: np.ndarray, value: np.ndarray, d: int) -> np.ndarray:
    """Patches given as pairs (n, k), in full (n, d)."""
    full = np.zeros((len(index), d))
    np.put_along_axis(full, index.astype(np.intp), value, axis=1)
    return full


def diverge(trace: xr.Dataset, lane: int, shot: int = 0) -> xr.Dataset:
    """The trace with one lane diverged from a snapshot on."""
    trace = trace.copy(deep=True)
    for name in ("w", "m", "v", "feature"):
        trace[name][lane, shot:] = np.nan
    trace["status"][lane] = 2
    trace["diverged_step"][lane] = 3
    return trace


MEASURES = [declarations.read(name) for name in registry.names("measures")]
EXTRA = {
    dim: list(range(6) if values is None else values)
    for measure in MEASURES
    for dim, (values, _) in measure.coordinates.items()
} | {"exponent": [0.5, 1.0], "factor": ["printed", "corrected"]}
QUANTITIES = {name: quantity.dims for measure in MEASURES for name, quantity in measure.quantities.items()}


def gather_spec(
    study: str, axes: list[dict], lanes: dict | None = None, tied: dict | None = None, seeds: int = 3
) -> dict:
    """The spec of a cube with one cell for each of `axes`."""
    lanes, tied = lanes or {}, tied or {}
    return {
        "id": study,
        "title": study,
        "paper": study.split(".")[0],
        "reference": "arXiv:0000.00000",
        "scale": "smoke",
        "dims": sorted({*axes[0], *lanes} - set(tied)),
        "tied": tied,
        "cells": [{"axes": cell, "lane_axes": lanes, "seeds": list(range(seeds))} for cell in axes],
        "config": {"lanes": sorted(lanes), "settings": {"n_train": 200}},
    }


def cube_file(spec: dict, value=None, shots: int = 6, quantities: dict | None = None) -> xr.Dataset:
    """A cube of all quantities or of some {name: dims}: `value(name, run, shape)`, random ones by default."""
    value, quantities = value or of_the_run, quantities or QUANTITIES
    runs = [
        {**cell["axes"], **dict(zip(cell["lane_axes"], point, strict=True)), "seed": seed}
        for cell in spec["cells"]
        for point in itertools.product(*cell["lane_axes"].values())
        for seed in cell["seeds"]
    ]
    sizes = {"snapshot": shots, **{name: len(places) for name, places in EXTRA.items()}}
    variables = {
        name: (("run", *dims), np.stack([value(name, run, [sizes[d] for d in dims]) for run in runs]))
        for name, dims in quantities.items()
    }
    step = np.tile(np.arange(shots) * 20, (len(runs), 1))
    extra = {dim for dims in quantities.values() for dim in dims if dim != "snapshot"}
    ds = xr.Dataset(
        variables
        | {"status": ("run", np.ones(len(runs), np.int8)), "diverged_step": ("run", np.full(len(runs), -1))},
        coords={
            **{name: ("run", [run[name] for run in runs]) for name in runs[0]},
            "step": (("run", "snapshot"), step),
            "epoch": (("run", "snapshot"), step / 2.0),
            **{dim: EXTRA[dim] for dim in extra},
        },
    )
    return gather([ds], spec)


def of_the_run(name: str, run: dict, shape: list[int]) -> np.ndarray:
    """Uniform random numbers that depend on the quantity and the run alone."""
    key = crc32(json.dumps([name, run], sort_keys=True).encode())
    return np.random.default_rng(key).uniform(0.01, 1, shape)


def reduced(cube: xr.Dataset) -> dict[str, xr.Dataset]:
    """The cube of every grid that lacks one value of an axis, or all but one."""
    found = {}
    for dim in set(cube["status"].dims) - {"seed"}:
        for place, value in enumerate(cube[dim].values):
            others = np.delete(np.arange(cube.sizes[dim]), place)
            found |= {f"{dim}={value}": cube.isel({dim: [place]})}
            found |= {f"without {dim}={value}": cube.isel({dim: others})} if others.size > 1 else {}
    return found


@cache
def inventory(scale: str = "smoke") -> Inventory:
    """The files of the atlas at one scale."""
    return Inventory(read(ROOT / "config.yaml", scale=scale))


FIGURES = {f"{paper}.{name}": study for (paper, name), study in inventory().figures.items()}
CLAIMS = {group: study for groups in inventory().claims.values() for group, study in groups.items()}
"""The study whose cube each figure draws, and each claim group judges."""


def study_spec(name: str, seeds: int = 3, scale: str = "smoke", axes: dict | None = None) -> dict:
    """The spec of the cube of a figure, a claim group or a study of the atlas, with `axes` over its own.

    `axes` are {axis: values}; the key `"s, sigma_p"` takes tuples.
    """
    spec = inventory(scale).gather(CLAIMS.get(name) or FIGURES.get(name) or name)
    spec["cells"] = [{**cell, "seeds": list(range(seeds))} for cell in spec["cells"]]
    for axis, values in (axes or {}).items():
        spec = with_values(spec, axis, values)
    return spec


def values_of(spec: dict, axis: str) -> list:
    """The values of an axis in the order of the cells."""
    found = [{**cell["axes"], **cell["lane_axes"]}[axis] for cell in spec["cells"]]
    return list(
        dict.fromkeys(value for item in found for value in (item if isinstance(item, list) else [item]))
    )


def with_values(spec: dict, axis: str, values: list) -> dict:
    """A spec with these values alone on an axis, each with runs like those of its first value."""
    names = axis.split(", ")
    first = values_of(spec, names[0])[0]
    cells = []
    for cell in spec["cells"]:
        if axis in cell["lane_axes"]:
            cells.append({**cell, "lane_axes": {**cell["lane_axes"], axis: values}})
        elif cell["axes"][names[0]] == first:
            points = (value if isinstance(value, tuple) else (value,) for value in values)
            cells += [
                {**cell, "axes": cell["axes"] | dict(zip(names, point, strict=True))} for point in points
            ]
    return {**spec, "cells": cells}


def with_another(spec: dict, axis: str, value: object) -> dict:
    """A spec with one more value on an axis, with runs like those of its first value."""
    lanes = [cell["lane_axes"].get(axis) for cell in spec["cells"]]
    if None in lanes:
        return {**spec, "cells": spec["cells"] + with_values(spec, axis, [value])["cells"]}
    cells = [
        {**cell, "lane_axes": {**cell["lane_axes"], axis: [*found, value]}}
        for cell, found in zip(spec["cells"], lanes, strict=True)
    ]
    return {**spec, "cells": cells}


def study_cube(
    name: str, value=None, seeds: int = 3, shots: int = 6, spec: dict | None = None, **grid
) -> xr.Dataset:
    """A made-up cube on the grid of the atlas, or on that of `spec`; `grid` as in `study_spec`."""
    spec = spec or study_spec(name, seeds, **grid)
    study = inventory().atlas.studies[spec["id"]]
    delivered = [declarations.read(measure).delivers(study.problem) for measure in study.measures]
    quantities = {name: quantity.dims for found in delivered for name, quantity in found.items()}
    return cube_file(spec, value, shots, quantities)


def constant(values):
    """Each quantity as a function of its run and snapshot share, NaN where not named."""

    def value(name, run, shape):
        if name not in values:
            return np.full(shape, np.nan)
        found = values[name]
        if not callable(found):
            return np.full(shape, float(found))
        share = np.linspace(0, 1, shape[0]) if shape else np.array(1.0)
        column = np.asarray(found(run, share), dtype=float)
        return np.broadcast_to(column.reshape((*column.shape, *[1] * (len(shape) - column.ndim))), shape)

    return value


def partial_cube(whole: xr.Dataset, seed: int = 0, share: float = 0.5) -> xr.Dataset:
    """A cube without a random `share` of its cells' seeds, as `cubes.gather` leaves a partial one."""
    dims = [dim for dim in whole["step"].dims if dim != "snapshot"]
    random = np.random.default_rng(seed).random([whole.sizes[dim] for dim in (*dims, "seed")])
    ran = xr.DataArray(random >= share, dims=(*dims, "seed")) & (whole["status"] > 0)
    quantities = set(whole.data_vars) - {"status", "diverged_step"}
    cube = whole.assign({name: whole[name].where(ran).transpose(*whole[name].dims) for name in quantities})
    status = whole["status"].where(ran | (whole["status"] == 0), NOT_RUN).transpose(*whole["status"].dims)
    scheduled = ran.any([dim for dim in ran.dims if dim not in dims])
    step, epoch = (
        whole[name].where(scheduled, blank).transpose(*whole[name].dims)
        for name, blank in (("step", -1), ("epoch", np.nan))
    )
    return cube.assign(status=status.astype(np.int8)).assign_coords(step=step.astype(int), epoch=epoch)
