"""Figure 3: noise memorization under PEGR, FGR and standard training."""

from __future__ import annotations

import xarray as xr
from matplotlib.figure import Figure

from adamatlas.figures.methods import grid

REQUIRES = ("output_scale", "reg_lambda", "reg_off_epoch", "regularizer", "seed", "sigma_p", "snapshot")
QUANTITIES = ("noise",)
SHOWS = {"reg_off_epoch": "largest"}


def draw(cube: xr.Dataset) -> Figure:
    """Over epochs, by noise level."""
    return grid(
        cube,
        "noise",
        r"noise, $\max_{j,r,i}\langle w_{j,r}, \xi_i\rangle$",
        scale="symlog",
        limits=(-0.03, 20),
    )
