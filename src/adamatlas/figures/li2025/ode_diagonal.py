"""The label-noise ODE beside projected paths of a diagonal network, and its error over the learning rate."""

import xarray as xr
from matplotlib.figure import Figure

from adamatlas.figures import slow_ode
from adamatlas.theory.sharpness import of_diagonal_net, trace_power

REQUIRES = ("factor", "lr", "optimizer", "seed")
QUANTITIES = ("ode_gap", "ode", "projected", "slow_time")


def draw(cube: xr.Dataset) -> Figure:
    """What each optimizer lowers over T for one seed, and the error over lr for all."""
    trace, root = (
        lambda theta, exponent=exponent: trace_power(of_diagonal_net(theta), exponent, axis=-1)
        for exponent in (1.0, 0.5)
    )
    levels = {"sgd": (trace, r"$\mathrm{tr}(H)$"), "adam": (root, r"$\mathrm{tr}(\mathrm{Diag}(H)^{1/2})$")}
    return slow_ode.draw(cube, levels, most=1)
