"""Figure 2: signal learning under PEGR, FGR and standard training."""

from __future__ import annotations

import xarray as xr
from matplotlib.figure import Figure

from adamatlas.figures.methods import grid

REQUIRES = ("output_scale", "reg_lambda", "reg_off_epoch", "regularizer", "seed", "sigma_p", "snapshot")
QUANTITIES = ("signal",)
SHOWS = {"reg_off_epoch": "largest"}


def draw(cube: xr.Dataset) -> Figure:
    """Over epochs, by noise level."""
    return grid(cube, "signal", r"signal, $\max_{j,r} |\langle w_{j,r}, \mu\rangle|$", scale="log")
