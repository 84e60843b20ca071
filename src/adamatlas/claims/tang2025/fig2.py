"""Figures 2 and 8: image networks over weight decay."""

import xarray as xr

from adamatlas.claims.image_sweeps import over_weight_decay
from adamatlas.claims.rules import Claim

REQUIRES = ("lr", "network", "optimizer", "seed", "weight_decay")
QUANTITIES = ("test_accuracy",)


def judge(cube: xr.Dataset) -> list[Claim]:
    """Adam spikes, AdamW is stable, Adam is the more sensitive."""
    return over_weight_decay(cube, "Figures 2 and 8")
