"""Figures 1 and 7: image networks over the batch size."""

import xarray as xr

from adamatlas.claims.image_sweeps import over_batch_size
from adamatlas.claims.rules import Claim

REQUIRES = ("batch_size", "lr", "network", "optimizer", "seed")
QUANTITIES = ("test_accuracy", "val_accuracy")


def judge(cube: xr.Dataset) -> list[Claim]:
    """Worse in large batches, and sharply so."""
    return over_batch_size(cube, "Figures 1 and 7")
