"""Train specs and data files of the problems with label noise."""

from __future__ import annotations

import numpy as np
import xarray as xr

from adamatlas.optimizers.presets import PRESETS
from adamatlas.problems.diagonal_net import data as diagonal_data
from adamatlas.problems.matrix_factorization import data as matrix_data
from adamatlas.problems.noisy_ellipse import data as ellipse_data

OPTIMIZER = {
    "lr": 1e-3,
    "beta1": 0.9,
    "beta2": 0.999,
    "v_exponent": 0.5,
    "eps": 1e-6,
    "v_floor": 0.0,
    "weight_decay": 0.0,
    "v_block": "coordinate",
    "decay_kind": "coupled",
    "bias_correction": True,
    "sign": False,
}
NO_REGULARIZER = {"regularizer": "none", "reg_lambda": 0.0, "reg_factor": 0.5, "reg_off_epoch": None}
SETTINGS = {
    "noisy_ellipse": {
        "a": 2.0,
        "b": 1.0,
        "gradient_noise_x": 0.0,
        "gradient_noise_y": 0.0,
        "start_angle": 1.0,
        "start_scale": 1.1,
        "label_noise": "rademacher",
        "label_noise_scale": 0.5,
    },
    "diagonal_net": {
        "d": 70,
        "kappa": 3,
        "n_train": 12,
        "true_weights": "signs",
        "start": "normal",
        "init_scale": 0.3,
        "label_noise": "gaussian",
        "label_noise_scale": 0.5,
    },
    "matrix_factorization": {
        "d": 5,
        "rank": 2,
        "n_train": 12,
        "depth": 2,
        "init_scale": 0.5,
        "label_noise": "gaussian",
        "label_noise_scale": 0.5,
    },
}
DATA = {
    "noisy_ellipse": ellipse_data, "diagonal_net": diagonal_data, "matrix_factorization": matrix_data,
}  # fmt: skip


def train_spec(problem: str, preset: str = "adam", **changes) -> dict:
    """A train spec of thirty steps; `settings`, `optimizer` and `schedule` are laid over the defaults."""
    settings = SETTINGS[problem] | changes.pop("settings", {})
    optimizer = OPTIMIZER | PRESETS[preset] | changes.pop("optimizer", {})
    schedule = {
        "batch_size": 1,
        "steps": 30,
        "snapshots": 6,
        "snapshot_spacing": "linear",
        "moments": True,
        "weights": True,
    }
    schedule |= changes.pop("schedule", {})
    schedule["steps_per_epoch"] = settings.get("n_train", 1) // schedule["batch_size"]
    base = {
        "problem": problem, "engine": "fused", "dtype": "float64", "settings": settings,
        "optimizer": optimizer, "regularizer": NO_REGULARIZER, "schedule": schedule, "axes": {},
        "lanes": {"seed": [0, 1]},
    }  # fmt: skip
    return base | changes


def data_file(problem: str, settings: dict | None = None, seeds: tuple = (0, 1)) -> xr.Dataset:
    """A data file as the data stage writes it."""
    source = DATA[problem]
    draws = [source.sample(SETTINGS[problem] | (settings or {}), seed) for seed in seeds]
    variables = {name: (dims, np.stack([draw[name] for draw in draws])) for name, dims in source.DIMS.items()}
    return xr.Dataset(variables, coords={"seed": list(seeds)})


def assert_agree(one: xr.Dataset, other: xr.Dataset, spec: dict) -> None:
    """The traces of two engines agree; a second moment that the optimizer does not use is left out."""
    idle = {"v"} if spec["optimizer"]["sign"] or spec["optimizer"]["v_exponent"] == 0.0 else set()
    for name in set(one.data_vars) - idle:
        np.testing.assert_allclose(one[name], other[name], rtol=1e-7, atol=1e-10, err_msg=name)
