"""Table 1: test errors of full-batch Adam and gradient descent, and the features behind them."""

from __future__ import annotations

import xarray as xr
from matplotlib.figure import Figure

from adamatlas.figures._panels import errors_by

REQUIRES = ("label", "optimizer", "seed")
QUANTITIES = ("test_error", "feature")


def draw(cube: xr.Dataset) -> Figure:
    """Strips over seeds for Adam and gradient descent."""
    cells = [("Adam", {"optimizer": "adam"}, 0.884), ("GD", {"optimizer": "gd"}, 0.0)]
    return errors_by(cube, cells, modes=False)
