"""Table 1: Adam in large and small batches."""

import xarray as xr

from adamatlas.claims import tables
from adamatlas.claims.rules import Claim

REQUIRES = ("batch_size", "seed")
QUANTITIES = ("feature", "test_error", "train_error")
SOURCE = "Table 1, Theorems 4.1 and 4.2"


def judge(cube: xr.Dataset) -> list[Claim]:
    """Training and test errors at B = 100 and 2, and the flips behind them."""
    return [
        *tables.fails(cube, "adam_b100", "Large-batch Adam (B=100)", SOURCE, 0.9545, batch_size=100),
        *tables.generalizes(cube, "adam_b2", "Mini-batch Adam (B=2)", SOURCE, batch_size=2),
        tables.follows_flips(cube, "Theorem 4.1, App. B"),
    ]
