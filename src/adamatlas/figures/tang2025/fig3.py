"""Figure 3: feature learning and noise memorization of Adam."""

from __future__ import annotations

import xarray as xr
from matplotlib.figure import Figure

from adamatlas.figures import panels

REQUIRES = ("batch_size", "label", "seed", "snapshot")
QUANTITIES = ("feature", "noise_min", "noise_max")


def draw(cube: xr.Dataset) -> Figure:
    """One panel a batch size, over epochs."""
    return panels.courses(cube, panels.batch_sizes(cube, "Adam, "), "epoch")
