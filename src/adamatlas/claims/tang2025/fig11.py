"""Figure 11: few images a class, over the batch size."""

import xarray as xr

from adamatlas.claims.image_sweeps import over_batch_size
from adamatlas.claims.rules import Claim

REQUIRES = ("batch_size", "lr", "network", "optimizer", "seed")
QUANTITIES = ("test_top5", "val_accuracy")


def judge(cube: xr.Dataset) -> list[Claim]:
    """The top-5 error is worse in large batches, and sharply so."""
    return over_batch_size(cube, "Figure 11", "test_top5")
