"""The label-noise ODE beside projected paths of a diagonal network, and its error over the learning rate."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from adamatlas.figures import slow_ode

REQUIRES = ("factor", "lr", "optimizer", "seed")
QUANTITIES = ("ode_gap", "ode", "projected", "slow_time")


def trace_h(theta: np.ndarray) -> np.ndarray:
    """tr(H) at interpolation with inputs of +-1: 4 |theta|^2, for theta = (u, v) (..., P)."""
    return 4.0 * (theta**2).sum(-1)


def trace_sqrt_h(theta: np.ndarray) -> np.ndarray:
    """tr(Diag(H)^(1/2)) there: 2 |theta|_1."""
    return 2.0 * np.abs(theta).sum(-1)


def draw(cube: xr.Dataset) -> Figure:
    """What each optimizer lowers over T for one seed, and the error over lr for all."""
    levels = {
        "sgd": (trace_h, r"$\mathrm{tr}(H)$"),
        "adam": (trace_sqrt_h, r"$\mathrm{tr}(\mathrm{Diag}(H)^{1/2})$"),
    }
    return slow_ode.draw(cube, levels, most=1)
