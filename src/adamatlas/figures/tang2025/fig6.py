"""Figure 6: errors of AdamW at weight decay 0.5."""

from __future__ import annotations

import xarray as xr
from matplotlib.figure import Figure

from adamatlas.figures import panels

REQUIRES = ("batch_size", "seed", "snapshot")
QUANTITIES = ("train_error", "test_error")


def draw(cube: xr.Dataset) -> Figure:
    """One panel a batch size, over epochs."""
    return panels.error_courses(cube, panels.batch_sizes(cube, "AdamW, weight decay 0.5, "))
