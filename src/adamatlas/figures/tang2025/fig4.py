"""Figure 4: feature learning and noise memorization of AdamW."""

from __future__ import annotations

import xarray as xr
from matplotlib.figure import Figure

from adamatlas.figures._panels import courses

REQUIRES = ("batch_size", "label", "seed", "snapshot")
QUANTITIES = ("feature", "noise_min", "noise_max")


def draw(cube: xr.Dataset) -> Figure:
    """B = 100 beside B = 2, over epochs."""
    cells = [("AdamW, B = 100", {"batch_size": 100}), ("AdamW, B = 2", {"batch_size": 2})]
    return courses(cube, cells, "epoch")
