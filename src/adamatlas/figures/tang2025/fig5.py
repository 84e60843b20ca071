"""Figure 5: errors of Adam at weight decay 0.05."""

from __future__ import annotations

import xarray as xr
from matplotlib.figure import Figure

from adamatlas.figures._panels import error_courses

REQUIRES = ("batch_size", "seed", "snapshot")
QUANTITIES = ("train_error", "test_error")


def draw(cube: xr.Dataset) -> Figure:
    """B = 100 beside B = 2, over epochs."""
    who = "Adam, weight decay 0.05"
    return error_courses(cube, [(f"{who}, B = {size}", {"batch_size": size}) for size in (100, 2)])
