"""Table 1: Adam's test errors over seeds and the features behind them."""

from __future__ import annotations

import xarray as xr
from matplotlib.figure import Figure

from adamatlas.figures import panels

REQUIRES = ("batch_size", "label", "seed")
QUANTITIES = ("test_error", "feature")


def draw(cube: xr.Dataset) -> Figure:
    """Strips over seeds for each batch size."""
    return panels.errors(cube, panels.batch_sizes(cube), {"B = 100": 0.9545, "B = 2": 0.0}, modes=True)
