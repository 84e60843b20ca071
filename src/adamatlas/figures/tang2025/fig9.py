"""Figure 9: test error of image networks over the batch size, at nine pairs of betas."""

import xarray as xr
from matplotlib.figure import Figure

from adamatlas.figures.image_sweeps import over_betas

REQUIRES = ("batch_size", "beta1", "beta2", "network", "optimizer", "seed")
QUANTITIES = ("test_accuracy",)


def draw(cube: xr.Dataset) -> Figure:
    """Mean and standard deviation over the pairs, and each pair."""
    return over_betas(cube, "batch_size")
