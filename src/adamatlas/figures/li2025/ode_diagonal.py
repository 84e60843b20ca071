"""The label-noise ODE beside projected paths of a diagonal network, and its error over the learning rate."""

from __future__ import annotations

from functools import partial

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from adamatlas.figures import slow_ode
from adamatlas.theory.sharpness import of_diagonal_net, trace_power

REQUIRES = ("factor", "lr", "optimizer", "seed")
QUANTITIES = ("ode_gap", "ode", "projected", "slow_time")


def draw(cube: xr.Dataset) -> Figure:
    """What each optimizer lowers over T for one seed, and the error over lr for all."""
    levels = {
        "sgd": (partial(_trace_power, exponent=1.0), r"$\mathrm{tr}(H)$"),
        "adam": (partial(_trace_power, exponent=0.5), r"$\mathrm{tr}(\mathrm{Diag}(H)^{1/2})$"),
    }
    return slow_ode.draw(cube, levels, most=1)


def _trace_power(theta: np.ndarray, exponent: float) -> np.ndarray:
    """tr(Diag(H)^e) at interpolation for theta = (u, v) (..., P)."""
    return trace_power(of_diagonal_net(theta), exponent, axis=-1)
