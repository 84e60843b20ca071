"""Table 2: AdamW's test errors over seeds and the features behind them."""

from __future__ import annotations

import xarray as xr
from matplotlib.figure import Figure

from adamatlas.figures._panels import errors_by

REQUIRES = ("batch_size", "label", "seed")
QUANTITIES = ("test_error", "feature")


def draw(cube: xr.Dataset) -> Figure:
    """Strips over seeds for B = 100 and 2."""
    cells = [("B = 100", {"batch_size": 100}, 0.5485), ("B = 2", {"batch_size": 2}, 0.0)]
    return errors_by(cube, cells, modes=False)
