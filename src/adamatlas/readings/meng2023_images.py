"""The runs of Figures 5 and 6: standard training, and each regularizer at the lambda that validation chooses.

Every seed is one repetition of the whole experiment: it draws the splits, trains at each lambda, chooses
one on its validation split, and is tested on its test split.
"""

from typing import NamedTuple

import numpy as np
import xarray as xr

from adamatlas.readings import images
from adamatlas.readings.meng2023 import PEGR, until_switched_off
from adamatlas.selection import history

LAMBDA = 0.1
"""The paper's lambda."""
LATE = 0.75
"""From this share of the run on, accuracies are averaged: single epochs jump."""


MOST_OF_MNIST = 50_000


class Course(NamedTuple):
    """One history (seed, sigma_p, snapshot) of one method, over `epoch` (snapshot,)."""

    epoch: np.ndarray
    values: np.ndarray

    def late(self) -> np.ndarray:
        """The mean over the last quarter of the run (seed, sigma_p); NaN where the run diverged."""
        return self.values[..., self.epoch >= LATE * self.epoch[-1]].mean(-1)


def standard(cube: xr.Dataset, name: str) -> Course:
    """Training without a regularizer: lambda = 0."""
    return at(cube, name, PEGR, 0.0)


def at(cube: xr.Dataset, name: str, kind: str, strength: float) -> Course:
    """A regularizer at one lambda; NaN where the grid lacks it."""
    epoch, values = _over_lambda(cube, name, kind)
    same = np.isclose(cube["reg_lambda"].values, strength)
    if not same.any():
        return Course(epoch, np.full_like(values[:, :, 0], np.nan))
    return Course(epoch, values[:, :, int(np.argmax(same))])


def chosen(cube: xr.Dataset, name: str, kind: str) -> Course:
    """A regularizer at the lambda that each seed's validation split chooses."""
    epoch, values = _over_lambda(cube, name, kind)
    index = choice(cube, kind)
    picked = np.take_along_axis(values, np.maximum(index, 0)[..., None, None], axis=2)[:, :, 0]
    return Course(epoch, np.where(index[..., None] < 0, np.nan, picked))


def choice(cube: xr.Dataset, kind: str) -> np.ndarray:
    """The place in `reg_lambda` with the largest late validation accuracy (seed, sigma_p), among lambda > 0.

    The smaller lambda of equals; runs that diverged are not candidates; -1 where there is no candidate.
    """
    late = Course(*_over_lambda(cube, "val_accuracy", kind)).late()
    candidate = np.isfinite(late) & (cube["reg_lambda"].values > 0)
    best = np.argmax(np.where(candidate, late, -np.inf), axis=2)
    return np.where(candidate.any(axis=2), best, -1)


def kind(cube: xr.Dataset) -> str:
    """`reported` on the images and at the size that the paper trains on, else `extension`."""
    return images.kind(cube, {"mnist": MOST_OF_MNIST})


def _over_lambda(cube: xr.Dataset, name: str, kind: str) -> tuple[np.ndarray, np.ndarray]:
    """(epoch (snapshot,), values (seed, sigma_p, lambda, snapshot)) of a regularizer, NaN where none ran."""
    part = until_switched_off(cube, "seed", "sigma_p", "reg_lambda", regularizer=kind)
    found = history(part, name).reindex(seed=cube["seed"])
    return found["epoch"].values, found.values
