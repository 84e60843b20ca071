"""Figure 2: feature learning and noise memorization of full-batch Adam and gradient descent."""

from __future__ import annotations

import xarray as xr
from matplotlib.figure import Figure

from adamatlas.figures._panels import courses

REQUIRES = ("label", "optimizer", "seed", "snapshot")
QUANTITIES = ("feature", "noise_min", "noise_max")


def draw(cube: xr.Dataset) -> Figure:
    """Adam beside gradient descent, over steps."""
    cells = [("Adam, full batch", {"optimizer": "adam"}), ("Gradient descent", {"optimizer": "gd"})]
    return courses(cube, cells, "step")
