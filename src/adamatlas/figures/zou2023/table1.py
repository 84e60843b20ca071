"""Table 1: test errors of full-batch Adam and gradient descent, and the features behind them."""

import xarray as xr
from matplotlib.figure import Figure

from adamatlas.figures import panels
from adamatlas.readings import names

REQUIRES = ("label", "optimizer", "seed")
QUANTITIES = ("test_error", "feature", "feature_margin")


def draw(cube: xr.Dataset) -> Figure:
    """Strips over seeds for each optimizer."""
    optimizers = names.ordered(cube["optimizer"].values.tolist(), "adam", "gd")
    cells = [(names.name(optimizer), {"optimizer": optimizer}) for optimizer in optimizers]
    return panels.errors(cube, {"Adam": 0.884, "GD": 0.0}, cells=cells)
