"""Figure 7: Figure 1 with error bars over seeds."""

import xarray as xr
from matplotlib.figure import Figure

from adamatlas.figures.image_sweeps import batch_sizes

REQUIRES = ("batch_size", "lr", "network", "optimizer", "seed")
QUANTITIES = ("test_accuracy", "val_accuracy")


def draw(cube: xr.Dataset) -> Figure:
    """Mean and standard deviation over seeds."""
    return batch_sizes(cube, bars=True)
