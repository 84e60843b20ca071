"""Table 2: AdamW in large and small batches."""

import xarray as xr

from adamatlas.claims import tables
from adamatlas.claims.rules import Claim

REQUIRES = ("batch_size", "seed")
QUANTITIES = ("feature", "test_error", "train_error")
SOURCE = "Table 2, Theorems 4.4 and 4.5"


def judge(cube: xr.Dataset) -> list[Claim]:
    """Training and test errors at B = 100 and 2, the paper's value, and the flips behind them."""
    return [
        *tables.fails(cube, "adamw_b100", "Large-batch AdamW (B=100)", SOURCE, 0.5485, batch_size=100),
        *tables.generalizes(cube, "adamw_b2", "Mini-batch AdamW (B=2)", SOURCE, batch_size=2),
        tables.follows_flips(cube, "Theorem 4.4, App. B"),
    ]
