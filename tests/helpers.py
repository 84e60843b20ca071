"""Small synthetic data files, traces and cubes."""

from __future__ import annotations

import itertools
import json

import numpy as np
import xarray as xr

from adamatlas import declarations, registry
from adamatlas.cubes import gather
from adamatlas.engines import run
from adamatlas.problems.patch_cnn.data import DIMS, sample

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
    """Progress that presses Ctrl-C at its `at`-th report, and keeps after how many steps a job resumed."""

    def __init__(self, at: int = 1) -> None:
        self.left, self.resumed_at = at, None

    def resumed(self, done: int) -> None:
        self.resumed_at = done

    def update(self, done: int) -> None:
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


def cube_file(spec: dict, value=None, shots: int = 6) -> xr.Dataset:
    """A cube of every quantity: `value(name, run, shape)` or uniform random numbers."""
    random = np.random.default_rng(3)
    value = value or (lambda name, run, shape: random.uniform(0.01, 1, shape))
    runs = [
        {**cell["axes"], **dict(zip(cell["lane_axes"], point, strict=True)), "seed": seed}
        for cell in spec["cells"]
        for point in itertools.product(*cell["lane_axes"].values())
        for seed in cell["seeds"]
    ]
    sizes = {"snapshot": shots, **{name: len(places) for name, places in EXTRA.items()}}
    variables = {
        name: (("run", *dims), np.stack([value(name, run, [sizes[d] for d in dims]) for run in runs]))
        for name, dims in QUANTITIES.items()
    }
    step = np.tile(np.arange(shots) * 20, (len(runs), 1))
    ds = xr.Dataset(
        variables
        | {"status": ("run", np.ones(len(runs), np.int8)), "diverged_step": ("run", np.full(len(runs), -1))},
        coords={
            **{name: ("run", [run[name] for run in runs]) for name in runs[0]},
            "step": (("run", "snapshot"), step),
            "epoch": (("run", "snapshot"), step / 2.0),
            **EXTRA,
        },
    )
    return gather([ds], spec)


def reduced(cube: xr.Dataset) -> dict[str, xr.Dataset]:
    """The cube of every grid that lacks one value of an axis, or all but one."""
    found = {}
    for dim in set(cube["status"].dims) - {"seed"}:
        for place, value in enumerate(cube[dim].values):
            others = np.delete(np.arange(cube.sizes[dim]), place)
            found |= {f"{dim}={value}": cube.isel({dim: [place]})}
            found |= {f"without {dim}={value}": cube.isel({dim: others})} if others.size else {}
    return found


SIGN = [
    {"optimizer": name, "weight_decay": wd, "batch_size": size, "beta2": two, "beta1": one}
    for size in (2, 100)
    for name, wd in (("adam", 1e-5), ("adamw", 1e-2), ("signsgd", 1e-5), ("signsgdw", 1e-2))
    for two, one in (((0.99, 0.9), (0.999, 0.9)) if name.startswith("adam") else ((0.0, 0.0),))
]
SPARSITY = [
    {"optimizer": name, "weight_decay": 1e-5, "batch_size": size, "s": s, "sigma_p": s**-0.5}
    for size in (2, 100)
    for name in ("adam", "adamw")
    for s in (50, 200)
]
GROWTH = [
    {"optimizer": name, "s": s, "sigma_p": s**-0.5, "lr": lr}
    for name in ("signsgd", "adam")
    for s in (50, 200)
    for lr in (5e-5, 1e-4)
]
BATCHES = [{"optimizer": "adam", "batch_size": size} for size in (2, 100)]
KINDS = ("per_example_gradient", "full_gradient")
REGULARIZED = (
    [
        {"regularizer": kind, "sigma_p": noise, "sigma_0": first}
        for kind in KINDS
        for noise, first in ((0.1, 0.01), (0.5, 0.01), (1.5, 0.001))
    ],
    {"output_scale": [0.1, 1.0], "reg_lambda": [0.0, 0.01, 0.015], "reg_off_epoch": [30]},
    {"sigma_0": "sigma_p"},
)
IMAGES = (
    [{"regularizer": kind, "reg_off_epoch": 30} for kind in KINDS],
    {"reg_lambda": [0.0, 0.01, 0.1], "sigma_p": [0.0, 1.43, 2.86, 4.29]},
    {"reg_off_epoch": "regularizer"},
)
LEMMAS = ([{"regularizer": KINDS[0]}], {"reg_lambda": [0.01, 0.05], "sigma_p": [0.5, 1.0]})
THEORY = [
    {"sigma_p": noise, "sigma_0": first, "reg_off_epoch": off}
    for noise, first, off in ((0.5, 0.01, 20), (1.5, 0.001, 30))
]
PEGR_ADAM = [
    {"optimizer": name, "batch_size": size, "lr": lr, "weight_decay": wd}
    | {"regularizer": kind, "reg_lambda": strength, "reg_off_epoch": epoch}
    for kind, strength, epoch in (
        ("none", 0.0, 100),
        *itertools.product(("per_example_gradient", "full_gradient"), (1.0, 10.0), (40, 100)),
    )
    for name, size, lr, wd in (
        ("adam", 100, 5e-5, 1e-5),
        ("adam", 200, 5e-5, 1e-5),
        ("adamw", 200, 5e-5, 1e-2),
        ("gd", 200, 0.02, 1e-5),
    )
]
FULL = [{"optimizer": "gd", "lr": 0.02}, {"optimizer": "adam", "lr": 5e-5}]
CRITICAL = [{"batch_size": b, "q": q, "sigma_0": s} for b in (2, 200) for q in (3, 4) for s in (0.01, 0.1)]
ODE = (
    [
        {"optimizer": name, "lr": lr, "beta2": beta2, "steps": round(2 / lr**2)}
        for name, lr, beta2 in (
            ("sgd", 0.05, 0.0),
            ("sgd", 0.02, 0.0),
            ("adam", 0.03, 0.9991),
            ("adam", 0.01, 0.9999),
        )
    ],
    {},
    {"beta2": "lr", "steps": "lr"},
)
SPECS = {
    **{f"tang2025.{name}": (BATCHES,) for name in ("table1", "table2", "fig3", "fig4", "fig5", "fig6")},
    "tang2025.lemmaA7": (BATCHES,),
    "tang2025.sign": (SIGN, {}, {"beta1": "beta2", "weight_decay": "optimizer"}),
    "tang2025.sparsity": (SPARSITY, {}, {"sigma_p": "s", "weight_decay": "optimizer"}),
    "tang2025.cor43": (CRITICAL, {"weight_decay": [0.001, 0.01, 0.1]}),
    "tang2025.cor46": (
        [{"optimizer": "adamw", "batch_size": b} for b in (2, 20, 100)]
        + [{"optimizer": "adam", "batch_size": 20}],
        {"weight_decay": [0.0, 0.1, 1.0, 10.0]},
    ),
    "zou2023.table1": (FULL, {}, {"lr": "optimizer"}),
    "zou2023.fig2": (FULL, {}, {"lr": "optimizer"}),
    "zou2023.thm42": (
        [{"optimizer": name} for name in ("gd", "adam")],
        {"lr": [0.1, 1.0], "weight_decay": [0.1, 1.0]},
    ),
    "zou2023.growth": (GROWTH, {}, {"sigma_p": "s"}),
    **{f"meng2023.{name}": REGULARIZED for name in ("fig1", "fig2", "fig3", "fig4")},
    **{f"meng2023.{name}": IMAGES for name in ("fig5", "fig6")},
    "meng2023.lambda_map": (
        [{"regularizer": kind} for kind in KINDS],
        {"reg_lambda": [0.001, 0.01, 0.1, 2.0], "sigma_p": [0.1, 0.5, 1.5]},
    ),
    "meng2023.theory": (
        THEORY,
        {"reg_lambda": [0.0, 0.1]},
        {"sigma_0": "sigma_p", "reg_off_epoch": "sigma_p"},
    ),
    "meng2023.lemma51": LEMMAS,
    "meng2023.lemma53": LEMMAS,
    "li2025.fig1": (
        [{"optimizer": name, "lr": lr} for name, lr in (("sgd", 0.01), ("adam", 0.003))],
        {"start_angle": [-0.7, 1.0]},
        {"lr": "optimizer"},
    ),
    "li2025.thm51": (
        [{"optimizer": name, "lr": lr} for name, lr in (("sgd", 0.01), ("adam", 0.003))],
        {"start_angle": [-0.7, 1.0]},
        {"lr": "optimizer"},
    ),
    "li2025.fig3": (
        [
            {"optimizer": name, "lr": lr, "steps": round(50 / lr**2)}
            for name, lr in (("sgd", 0.02), ("sgd", 0.01), ("adam", 0.003))
        ],
        {"label_noise_scale": [0.0, 0.5]},
        {"steps": "lr"},
    ),
    "li2025.fig2a": (
        [
            {"optimizer": name, "n_train": n, "steps": steps}
            for name in ("adam", "sgd")
            for n in (50, 80, 100)
            for steps in (100, 400)
        ],
        {"lr": [1e-3, 3e-3]},
    ),
    "li2025.fig2b": (
        [
            {"v_exponent": p, "v_floor": floor, "n_train": n}
            for p, floor in ((0.0, 0.0), (0.25, 0.0), (0.5, 0.0), (0.75, 0.1))
            for n in (60, 80)
        ],
        {},
        {"v_floor": "v_exponent"},
    ),
    "li2025.ode": ODE,
    "li2025.ode_diagonal": ODE,
    "li2025.fig4": (
        [
            {"optimizer": name, "lr": lr, "rank": rank, "n_train": n}
            for name, lr in (("sgd", 3e-3), ("adam", 1e-3))
            for rank in (2, 4)
            for n in (28, 36)
        ],
        {},
        {"lr": "optimizer"},
    ),
    "cross.exponent": (
        [
            {"v_exponent": p, "lr": 0.02 * 400 ** (-2 * p), "batch_size": size}
            for p in (0.0, 0.125, 0.25, 0.375, 0.5)
            for size in (2, 100, 200)
        ]
        + [{"v_exponent": 0.4375, "lr": 1.057e-4, "batch_size": 200}],
        {},
        {"lr": "v_exponent"},
    ),
    "cross.pegr_adam": (
        PEGR_ADAM,
        {},
        {"lr": "optimizer", "weight_decay": "optimizer"},
    ),
}


def study_cube(study: str, value=None, seeds: int = 3, shots: int = 6) -> xr.Dataset:
    """A small cube with the axes of a study of the atlas."""
    return cube_file(gather_spec(study, *SPECS[study], seeds=seeds), value, shots)


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
