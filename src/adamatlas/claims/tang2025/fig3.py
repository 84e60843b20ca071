"""Figure 3: the course of Adam in large and small batches."""

from __future__ import annotations

import xarray as xr

from adamatlas.claims import _dynamics as dynamics
from adamatlas.claims.rules import Claim

REQUIRES = ("batch_size", "label", "seed", "snapshot")
QUANTITIES = ("feature", "noise_min", "noise_max")


def judge(cube: xr.Dataset) -> list[Claim]:
    """Panel (a), B = 100, and panel (b), B = 2."""
    large, small = ("Adam, B=100", "Figure 3(a)"), ("Adam, B=2", "Figure 3(b), Lemma C.7")
    return [
        dynamics.rises_then_flips(cube, "b100_flip", *large, batch_size=100),
        dynamics.noise_grows(cube, "b100_noise", *large, batch_size=100),
        dynamics.noise_saturates(cube, "b100_saturates", *large, batch_size=100),
        dynamics.feature_plateaus(cube, "b2_feature", *small, batch_size=2),
        dynamics.noise_stays_low(cube, "b2_noise", *small, batch_size=2),
        dynamics.noise_below_feature(cube, "b2_dominates", *small, batch_size=2),
    ]
