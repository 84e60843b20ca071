"""Figure 12: top-5 test error over weight decay with few images a class."""

import xarray as xr
from matplotlib.figure import Figure

from adamatlas.figures.image_sweeps import TOP5, weight_decays

REQUIRES = ("lr", "network", "optimizer", "seed", "weight_decay")
QUANTITIES = ("test_top5",)


def draw(cube: xr.Dataset) -> Figure:
    """Median and range over seeds; AdamW at its decay over 25 and undivided."""
    return weight_decays(cube, quantity=TOP5)
