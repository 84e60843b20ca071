"""The label-noise ODE beside projected paths on the ellipse, and its error over the learning rate."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from adamatlas.figures.li2025 import _slow_ode

REQUIRES = ("factor", "lr", "optimizer", "seed")
QUANTITIES = ("ode_gap", "ode", "projected", "slow_time")


def angle(w: np.ndarray) -> np.ndarray:
    """The angle on the ellipse with half axes 2 and 1 of points (..., 2)."""
    return np.arctan2(w[..., 0] - w[..., 1], (w[..., 0] + w[..., 1]) / 2.0)


def draw(cube: xr.Dataset) -> Figure:
    """The angle over T, one panel an optimizer, and the error over lr."""
    return _slow_ode.draw(cube, dict.fromkeys(("sgd", "adam"), (angle, "angle on the ellipse")))
