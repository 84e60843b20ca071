"""Figure 6: AdamW at weight decay 0.5."""

import xarray as xr

from adamatlas.claims import tables
from adamatlas.claims.rules import Claim

REQUIRES = ("batch_size", "seed")
QUANTITIES = ("test_error", "train_error")
SOURCE = "Figure 6"


def judge(cube: xr.Dataset) -> list[Claim]:
    """AdamW trains as in Table 2."""
    who = "AdamW at weight decay 0.5"
    return [
        *tables.fails(cube, "b100", f"{who} (B=100)", SOURCE, None, batch_size=100),
        *tables.generalizes(cube, "b2", f"{who} (B=2)", SOURCE, batch_size=2),
    ]
