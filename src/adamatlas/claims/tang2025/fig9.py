"""Figure 9: image networks over the batch size at nine pairs of betas."""

import xarray as xr

from adamatlas.claims.image_sweeps import degrades_at_each_pair
from adamatlas.claims.rules import Claim

REQUIRES = ("batch_size", "beta1", "beta2", "network", "optimizer", "seed")
QUANTITIES = ("test_accuracy",)


def judge(cube: xr.Dataset) -> list[Claim]:
    """Worse in large batches at each pair."""
    return degrades_at_each_pair(cube, "Figure 9")
