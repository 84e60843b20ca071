"""Figure 12: few images a class, over weight decay."""

import xarray as xr

from adamatlas.claims.image_sweeps import over_weight_decay
from adamatlas.claims.rules import Claim

REQUIRES = ("lr", "network", "optimizer", "seed", "weight_decay")
QUANTITIES = ("test_top5",)


def judge(cube: xr.Dataset) -> list[Claim]:
    """Adam spikes, AdamW is stable, Adam is the more sensitive."""
    return over_weight_decay(cube, "Figure 12", "test_top5")
