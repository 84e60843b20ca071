"""Figure 10: image networks over weight decay at nine pairs of betas."""

import xarray as xr

from adamatlas.claims.image_sweeps import sensitive_at_each_pair
from adamatlas.claims.rules import Claim

REQUIRES = ("beta1", "beta2", "network", "optimizer", "seed", "weight_decay")
QUANTITIES = ("test_accuracy",)


def judge(cube: xr.Dataset) -> list[Claim]:
    """Adam is the more sensitive at each pair."""
    return sensitive_at_each_pair(cube, "Figure 10")
