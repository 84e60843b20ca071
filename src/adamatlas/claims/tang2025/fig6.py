"""Figure 6: AdamW at weight decay 0.5."""

from __future__ import annotations

import xarray as xr

from adamatlas.claims.rules import Claim
from adamatlas.claims.tables import is_small, is_worse_than_chance

REQUIRES = ("batch_size", "seed")
QUANTITIES = ("test_error", "train_error")
SOURCE = "Figure 6, Corollary 4.6"


def judge(cube: xr.Dataset) -> list[Claim]:
    """AdamW trains as in Table 2."""
    large, small = {"batch_size": 100}, {"batch_size": 2}
    who = "AdamW at weight decay 0.5"
    return [
        is_small(cube, "b100_train", f"{who} (B=100)", "train_error", SOURCE, **large),
        is_worse_than_chance(cube, "b100_test", f"{who} (B=100)", SOURCE, None, **large),
        is_small(cube, "b2_train", f"{who} (B=2)", "train_error", SOURCE, **small),
        is_small(cube, "b2_test", f"{who} (B=2)", "test_error", SOURCE, **small),
    ]
