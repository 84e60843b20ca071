"""Under which conditions zou2023 proves its theorems on the nonconvex problem, with the values of a cube."""

from typing import Any

import xarray as xr

from adamatlas.selection import settings_at
from adamatlas.theory.conditions import Condition, adam_decay, feature_noise, flips

PAPER = {"d": 1000, "n_train": 200, "s": 100, "alpha": 0.2, "sigma_p": 0.1, "sigma_0": 0.01, "q": 3}
PAPER |= {"sampler": "sparse", "lr": 5e-5, "weight_decay": 1e-5}
"""Section 6: the value of what varies in the runs at a point."""


def nonconvex(cube: xr.Dataset, **point: Any) -> list[Condition]:
    """Of Theorem 4.1 and its lemmas (Section A.1)."""
    at = PAPER | settings_at(cube, **point)
    return [*feature_noise(at), adam_decay(at), flips(at)]
