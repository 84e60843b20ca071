"""Figure 8: Figure 2 with error bars over seeds."""

import xarray as xr
from matplotlib.figure import Figure

from adamatlas.figures.image_sweeps import weight_decays

REQUIRES = ("lr", "network", "optimizer", "seed", "weight_decay")
QUANTITIES = ("test_accuracy",)


def draw(cube: xr.Dataset) -> Figure:
    """Mean and standard deviation over seeds."""
    return weight_decays(cube, bars=True)
