"""Figure 1: test error of image networks over the batch size, at the best of several learning rates."""

import xarray as xr
from matplotlib.figure import Figure

from adamatlas.figures.image_sweeps import batch_sizes

REQUIRES = ("batch_size", "lr", "network", "optimizer", "seed")
QUANTITIES = ("test_accuracy", "val_accuracy")


def draw(cube: xr.Dataset) -> Figure:
    """Median and range over seeds; lr chosen on the test set and on the validation split."""
    return batch_sizes(cube)
