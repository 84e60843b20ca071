"""The label-noise ODE beside projected paths on the ellipse, and its error over the learning rate."""

import xarray as xr
from matplotlib.figure import Figure

from adamatlas.figures import slow_ode
from adamatlas.readings.li2025 import ellipse

REQUIRES = ("factor", "lr", "optimizer", "seed")
QUANTITIES = ("ode_gap", "ode", "projected", "slow_time")


def draw(cube: xr.Dataset) -> Figure:
    """The angle over T, one panel an optimizer, and the error over lr."""
    level = (ellipse(cube).angle, "angle on the ellipse")
    return slow_ode.draw(cube, dict.fromkeys(("sgd", "adam"), level))
