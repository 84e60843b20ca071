"""Small synthetic data files, traces and cubes."""

from __future__ import annotations

import itertools
import json

import numpy as np
import xarray as xr

from adamatlas.problems.patch_cnn.data import DIMS, sample

PATCH_CNN = {
    "sampler": "sparse", "d": 40, "n": 12, "s": 6, "m": 3, "q": 3, "output_scale": 1.0,
    "alpha": 0.2, "sigma_p": 0.4, "sigma_0": 0.3,
}  # fmt: skip
ADAM = {
    "lr": 1e-3, "beta1": 0.9, "beta2": 0.999, "p": 0.5, "eps": 1e-8, "floor": 0.0, "weight_decay": 1e-2,
    "block": "coordinate", "decay": "coupled", "bias_correction": True, "sign": False,
}  # fmt: skip


def data_file(settings: dict = PATCH_CNN, seeds: tuple = (0, 1)) -> xr.Dataset:
    """A data file as the data stage writes it."""
    draws = [sample(settings, seed) for seed in seeds]
    variables = {name: (dims, np.stack([draw[name] for draw in draws])) for name, dims in DIMS.items()}
    return xr.Dataset(variables, coords={"seed": list(seeds)})


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
    steps_per_epoch = settings["n"] // batch_size
    spec = {
        "problem": problem,
        "settings": settings,
        "optimizer": optimizer,
        "schedule": {"batch_size": batch_size, "steps_per_epoch": steps_per_epoch, "steps": int(step[-1])},
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


def diverge(trace: xr.Dataset, lane: int, shot: int = 0) -> xr.Dataset:
    """The trace with one lane diverged from a snapshot on."""
    trace = trace.copy(deep=True)
    for name in ("w", "m", "v", "feature"):
        trace[name][lane, shot:] = np.nan
    trace["status"][lane] = 2
    trace["diverged_step"][lane] = 3
    return trace
