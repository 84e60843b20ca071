"""Figure 11: top-5 test error over the batch size with few images a class."""

import xarray as xr
from matplotlib.figure import Figure

from adamatlas.figures.image_sweeps import TOP5, batch_sizes

REQUIRES = ("batch_size", "lr", "network", "optimizer", "seed")
QUANTITIES = ("test_top5", "val_accuracy")


def draw(cube: xr.Dataset) -> Figure:
    """Median and range over seeds."""
    return batch_sizes(cube, quantity=TOP5)
