"""Figure 1: training loss under PEGR, FGR and standard training."""

from __future__ import annotations

import xarray as xr
from matplotlib.figure import Figure

from adamatlas.figures.methods import grid

REQUIRES = ("output_scale", "reg_lambda", "reg_off_epoch", "regularizer", "seed", "sigma_p", "snapshot")
QUANTITIES = ("train_loss",)
SHOWS = {"reg_off_epoch": "largest"}


def draw(cube: xr.Dataset) -> Figure:
    """Over epochs, by noise level."""
    return grid(cube, "train_loss", "training loss (nat)", limits=(-0.02, 0.8))
