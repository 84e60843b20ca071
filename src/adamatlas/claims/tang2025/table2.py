"""Table 2: AdamW in large and small batches."""

from __future__ import annotations

import xarray as xr

from adamatlas.claims.rules import Claim
from adamatlas.claims.tables import follows_flips, has_value, is_small, is_worse_than_chance

REQUIRES = ("batch_size", "seed")
QUANTITIES = ("feature", "test_error", "train_error")
SOURCE = "Table 2, Theorems 4.4 and 4.5"


def judge(cube: xr.Dataset) -> list[Claim]:
    """Training and test errors at B = 100 and 2, the paper's value, and the flips behind them."""
    large, small = {"batch_size": 100}, {"batch_size": 2}
    return [
        is_small(cube, "adamw_b100_train", "Large-batch AdamW (B=100)", "train_error", SOURCE, **large),
        is_worse_than_chance(cube, "adamw_b100_test", "Large-batch AdamW (B=100)", SOURCE, 0.5485, **large),
        has_value(cube, "adamw_b100_value", "Large-batch AdamW (B=100)", SOURCE, 0.5485, **large),
        is_small(cube, "adamw_b2_train", "Mini-batch AdamW (B=2)", "train_error", SOURCE, **small),
        is_small(cube, "adamw_b2_test", "Mini-batch AdamW (B=2)", "test_error", SOURCE, **small),
        follows_flips(cube, "Theorem 4.4, App. B"),
    ]
