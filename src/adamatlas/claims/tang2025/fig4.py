"""Figure 4: the course of AdamW in large and small batches."""

import xarray as xr

from adamatlas.claims import courses
from adamatlas.claims.rules import Claim

REQUIRES = ("batch_size", "label", "seed", "snapshot")
QUANTITIES = ("feature", "noise_max", "noise_min")


def judge(cube: xr.Dataset) -> list[Claim]:
    """Panel (a), B = 100, and panel (b), B = 2."""
    large, small = ("AdamW, B=100", "Figure 4(a)"), ("AdamW, B=2", "Figure 4(b)")
    return [
        *courses.memorizes(cube, "b100", *large, batch_size=100),
        courses.feature_plateaus(cube, "b2", *small, batch_size=2),
        courses.noise_stops(cube, "b2", *small, batch_size=2),
        courses.noise_below_feature(cube, "b2", *small, batch_size=2),
    ]
