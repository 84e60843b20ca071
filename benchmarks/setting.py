"""The setting that the speed claims are about, as a train spec and its data."""

from __future__ import annotations

import numpy as np
import xarray as xr

from adamatlas import config
from adamatlas.problems.patch_cnn import data as patch_data

PAPER = {
    "problem": "patch_cnn",
    "sampler": "sparse",
    "d": 1000,
    "n_train": 200,
    "s": 100,
    "m": 20,
    "q": 3,
    "output_scale": 1.0,
    "alpha": 0.2,
    "sigma_p": 0.1,
    "sigma_0": 0.01,
    "optimizer": "adam",
    "lr": 5e-5,
    "beta1": 0.9,
    "beta2": 0.999,
    "eps": 1e-8,
    "weight_decay": 1e-5,
}
TINY = PAPER | {"d": 40, "n_train": 20, "s": 6, "m": 4}


def train_spec(settings: dict, steps: int, lanes: int = 1, snapshots: int = 2) -> dict:
    """The train spec of `lanes` seeds of these settings (`batch_size` among them)."""
    study = {
        "title": "benchmark",
        "settings": settings | {"steps": steps, "snapshots": snapshots, "snapshot_spacing": "linear"},
        "grid": [{"batch_size": settings["batch_size"]}],
        "seeds": lanes,
        "measures": ["errors"],
    }
    raw = {
        "seed_block": lanes,
        "papers": {"benchmark": {"title": "benchmark", "reference": "none", "settings": {}}},
        "studies": {"benchmark.lane": study},
    }
    atlas = config.load(raw, source="benchmarks/setting.py", scale="default")
    return atlas.studies["benchmark.lane"].cells[0].blocks[0].train_spec


def draws(settings: dict, lanes: int = 1) -> dict[int, dict[str, np.ndarray]]:
    """The training samples of seeds 0..lanes-1."""
    return {seed: patch_data.sample(settings, seed) for seed in range(lanes)}


def data_set(settings: dict, lanes: int = 1) -> xr.Dataset:
    """The same as a data file holds them."""
    drawn = draws(settings, lanes).values()
    variables = {
        name: (dims, np.stack([draw[name] for draw in drawn])) for name, dims in patch_data.DIMS.items()
    }
    return xr.Dataset(variables, coords={"seed": np.arange(lanes)})
