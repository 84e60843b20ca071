"""The loss of a run near the manifold of minimizers, beside what label noise leaves of it in theory."""

import numpy as np
import xarray as xr

from adamatlas.measures.shared.lanes import finite_snapshots, require, trained_lanes, weights
from adamatlas.measures.shared.near_manifold import near_manifold
from adamatlas.measures.shared.quantities import dataset, empty
from adamatlas.theory.manifolds import retract
from adamatlas.theory.slow_ode import loss_floor

PROBLEMS = ("diagonal_net", "noisy_ellipse")
SECONDS = (0.7, 0.0001)
NEEDS = {"weights": (True,), "moments": (True,), "regularizer": ("none",), "sign": (False,)}
QUANTITIES = {
    "excess_loss": (("snapshot",), "loss without label noise", "1"),
    "loss_floor": (("snapshot",), "lr alpha/4 tr(S H) on the manifold", "1"),
}


def measure(trace: xr.Dataset, data: xr.Dataset, spec: dict) -> xr.Dataset:
    """L and lr alpha/4 tr(S H) along a run, with the optimizer's own second moment (li2025, Thm 4.2, sharp).

    H is taken at the manifold's point that Gauss-Newton steps from the weights reach; NaN where none is.
    """
    require(trace, NEEDS, "measure loss_floor: the slow ODE of li2025")
    weight = weights(trace)
    out = empty(__name__, trace)
    for lane in trained_lanes(trace):
        run = near_manifold(trace, data, lane)
        for snapshot in finite_snapshots(weight[lane.number]):
            theta, s = run.theta[snapshot], run.scaling(run.second_moment(snapshot))
            out["excess_loss"][lane.number, snapshot] = (run.manifold.residual(theta) ** 2).mean() / 2.0
            try:
                there = retract(run.manifold, theta, s)
            except (ArithmeticError, np.linalg.LinAlgError):
                continue
            floor = loss_floor(run.manifold, there, s, lane.optimizer["lr"], run.alpha)
            out["loss_floor"][lane.number, snapshot] = floor
    return dataset(__name__, trace, out)
