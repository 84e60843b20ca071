"""Table 1: full-batch Adam and gradient descent."""

from __future__ import annotations

import xarray as xr

from adamatlas.claims.rules import Claim
from adamatlas.claims.tables import has_value, is_small, is_worse_than_chance

REQUIRES = ("optimizer", "seed")
QUANTITIES = ("test_error", "train_error")
SOURCE = "Table 1, Theorem 4.1"


def judge(cube: xr.Dataset) -> list[Claim]:
    """Training and test errors from one initialization."""
    adam, gd = {"optimizer": "adam"}, {"optimizer": "gd"}
    return [
        is_small(cube, "adam_train", "Full-batch Adam", "train_error", SOURCE, **adam),
        is_worse_than_chance(cube, "adam_test", "Full-batch Adam", SOURCE, 0.884, **adam),
        has_value(cube, "adam_value", "Full-batch Adam", SOURCE, 0.884, **adam),
        is_small(cube, "gd_train", "Gradient descent", "train_error", SOURCE, **gd),
        is_small(cube, "gd_test", "Gradient descent", "test_error", SOURCE, **gd),
    ]
