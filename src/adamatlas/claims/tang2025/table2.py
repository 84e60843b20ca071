"""Table 2: AdamW in large and small batches."""

import xarray as xr

from adamatlas.claims import regime, tables
from adamatlas.claims.rules import Claim

REQUIRES = ("batch_size", "seed")
QUANTITIES = ("feature_margin", "test_error", "test_error_by_label", "train_error")
LARGE, SMALL = {"batch_size": 100}, {"batch_size": 2}


def judge(cube: xr.Dataset) -> list[Claim]:
    """Training and test errors at B = 100 and 2, the theorems behind them, and the features behind those."""
    large, small = "Large-batch AdamW (B=100)", "Mini-batch AdamW (B=2)"
    return [
        *tables.fails(cube, "adamw_b100", large, "Table 2", 0.5485, **LARGE),
        *tables.generalizes(cube, "adamw_b2", small, "Table 2", **SMALL),
        tables.worse_than_chance(
            cube, "adamw_b100", large, "Theorem 4.4", regime.large(cube, **LARGE), **LARGE
        ),
        tables.near_zero(cube, "adamw_b2", small, "Theorem 4.5", regime.small(cube, **SMALL), **SMALL),
        tables.follows_flips(cube, "Theorem 4.4, App. B", **LARGE),
    ]
