"""Table 1: full-batch Adam and gradient descent."""

import xarray as xr

from adamatlas.claims import tables
from adamatlas.claims.rules import Claim

REQUIRES = ("optimizer", "seed")
QUANTITIES = ("test_error", "train_error")
SOURCE = "Table 1, Theorem 4.1"


def judge(cube: xr.Dataset) -> list[Claim]:
    """Training and test errors from one initialization."""
    return [
        *tables.fails(cube, "adam", "Full-batch Adam", SOURCE, 0.884, optimizer="adam"),
        *tables.generalizes(cube, "gd", "Gradient descent", SOURCE, optimizer="gd"),
    ]
