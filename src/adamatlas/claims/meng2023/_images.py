"""The runs of Figures 5 and 6: standard training, and each regularizer at the lambda that validation chooses.

Every seed is one repetition of the whole experiment: it draws the splits, trains at each lambda, chooses
one on its validation split, and is tested on its test split.
"""

from __future__ import annotations

import json
from typing import NamedTuple

import numpy as np
import xarray as xr

METHODS = {"pegr": ("per_example_gradient", "PEGR"), "fgr": ("full_gradient", "FGR")}
LAMBDA = 0.1
"""The paper's lambda."""
LATE = 0.75
"""From this share of the run on, accuracies are averaged: single epochs jump."""


class Course(NamedTuple):
    """One history (seed, sigma_p, snapshot) of one method, over `epoch` (snapshot,)."""

    epoch: np.ndarray
    values: np.ndarray

    def late(self) -> np.ndarray:
        """The mean over the last quarter of the run (seed, sigma_p); NaN where the run diverged."""
        return self.values[..., self.epoch >= LATE * self.epoch[-1]].mean(-1)


def standard(cube: xr.Dataset, name: str) -> Course:
    """Training without a regularizer: lambda = 0."""
    return at(cube, name, "pegr", 0.0)


def at(cube: xr.Dataset, name: str, method: str, strength: float) -> Course:
    """A method at one lambda; NaN where the grid lacks it."""
    epoch, values = _all(cube, name, method)
    same = np.isclose(cube["reg_lambda"].values, strength)
    if not same.any():
        return Course(epoch, np.full_like(values[:, :, 0], np.nan))
    return Course(epoch, values[:, :, int(np.argmax(same))])


def chosen(cube: xr.Dataset, name: str, method: str) -> Course:
    """A method at the lambda that each seed's validation split chooses."""
    epoch, values = _all(cube, name, method)
    index = choice(cube, method)
    picked = np.take_along_axis(values, np.maximum(index, 0)[..., None, None], axis=2)[:, :, 0]
    return Course(epoch, np.where(index[..., None] < 0, np.nan, picked))


def choice(cube: xr.Dataset, method: str) -> np.ndarray:
    """The place in `reg_lambda` with the largest late validation accuracy (seed, sigma_p), among lambda > 0.

    The smaller lambda of equals; runs that diverged are not candidates; -1 where there is no candidate.
    """
    late = Course(*_all(cube, "val_accuracy", method)).late()
    candidate = np.isfinite(late) & (cube["reg_lambda"].values > 0)
    best = np.argmax(np.where(candidate, late, -np.inf), axis=2)
    return np.where(candidate.any(axis=2), best, -1)


def counts(cube: xr.Dataset, method: str, level: int) -> str:
    """How often each lambda was chosen at one noise level, in words."""
    index = choice(cube, method)[:, level]
    found = [
        f"{strength:g} by {int((index == place).sum())}"
        for place, strength in enumerate(cube["reg_lambda"].values)
        if (index == place).any()
    ]
    return f"Chosen lambda: {', '.join(found)}." if found else ""


def dataset(cube: xr.Dataset) -> str:
    """What the images are, in words, for titles: `digits, 8x8, 320 training images`."""
    config = cube.attrs["config_json"]
    settings = (json.loads(config) if isinstance(config, str) else config)["settings"]
    words = {"digits": "UCI digits, 8×8", "mnist": "MNIST"}
    if cube.attrs.get("data_set_contents", "official") != "official":
        words["mnist"] = "MNIST (not the official contents)"
    return f"{words.get(settings.get('dataset'), 'images')}, {settings.get('n_train', 0):,} training images"


def where(cube: xr.Dataset) -> str:
    """On which images, as a sentence for notes."""
    return f"On {dataset(cube)}."


def _all(cube: xr.Dataset, name: str, method: str) -> tuple[np.ndarray, np.ndarray]:
    """(epoch (snapshot,), values (seed, sigma_p, lambda, snapshot)) of a method."""
    kind = METHODS[method][0]
    dims = ("seed", "sigma_p", "reg_lambda", "snapshot")
    if kind not in cube["regularizer"].values:
        part = cube.isel(regularizer=0)
        values = np.full([cube.sizes[dim] for dim in dims], np.nan)
    else:
        part = cube.sel(regularizer=kind)
        values = part[name].transpose(*dims).values
    others = [dim for dim in part["step"].dims if dim != "snapshot"]
    kept = part["step"].max(others).values >= 0
    return part["epoch"].max(others).values[kept], values[..., kept]
