"""Figure 2: test error of image networks over weight decay."""

import xarray as xr
from matplotlib.figure import Figure

from adamatlas.figures.image_sweeps import weight_decays

REQUIRES = ("lr", "network", "optimizer", "seed", "weight_decay")
QUANTITIES = ("test_accuracy",)


def draw(cube: xr.Dataset) -> Figure:
    """Median and range over seeds; AdamW at its decay over 25, as the paper draws it, and undivided."""
    return weight_decays(cube)
