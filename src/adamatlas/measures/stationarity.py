"""How far a run is from the manifold of minimizers, and how far from a fixed point on it."""

from __future__ import annotations

import numpy as np
import xarray as xr

from adamatlas.measures import _lanes
from adamatlas.measures._manifold import place
from adamatlas.theory.manifolds import hessian_diagonal
from adamatlas.theory.sharpness import trace_power
from adamatlas.theory.slow_ode import stationarity

PROBLEMS = ("diagonal_net", "noisy_ellipse")
NEEDS = {"weights": (True,), "regularizer": ("none",), "v_block": ("coordinate",), "sign": (False,)}


def measure(trace: xr.Dataset, data: xr.Dataset, spec: dict) -> xr.Dataset:
    """The projected gradient of the implicit regularizer (li2025, Thms 5.1, 5.2) along a run.

    The weights are brought to the manifold by the flow that the optimizer preconditions. Variables over
    (lane, snapshot): `manifold_distance`, the norm of that way; `stationarity`, the share in [0, 1] of grad
    tr(Diag(H)^(1-p)) that lies along the manifold, with S = (alpha diag(H))^-p: 0 at a fixed point;
    `stationarity_v`, the same with the S of the optimizer's own second moment (NaN without `moments: true`);
    `regularizer_level`, tr(Diag(H)^(1-p)) there. NaN where no point of the manifold is found. Raises
    UserError for runs with an explicit regularizer.
    """
    _lanes.require(trace, NEEDS, "measure stationarity: the slow ODE of li2025")
    weight = _lanes.weights(trace)
    distance, ideal, own, level = (_lanes.empty(trace) for _ in range(4))
    for lane in _lanes.lanes(trace):
        there = place(trace, data, lane)
        for shot in _lanes.finite(weight[lane.number]):
            at = (lane.number, shot)
            found = there.project(shot)
            if found is None:
                continue
            theta, s = found
            h = hessian_diagonal(there.manifold, theta)
            distance[at] = np.linalg.norm(theta - there.theta[shot])
            level[at] = trace_power(h, 1.0 - lane.optimizer["v_exponent"])
            ideal[at] = stationarity(there.manifold, theta, there.scaling(there.alpha * h))
            if "v" in trace or lane.optimizer["v_exponent"] == 0.0:
                own[at] = stationarity(there.manifold, theta, s)
    dims = ("lane", "snapshot")
    return _lanes.dataset(
        trace,
        {
            "manifold_distance": (dims, distance, "distance to the manifold of minimizers"),
            "stationarity": (dims, ideal, "share of the implicit regularizer's gradient along the manifold"),
            "stationarity_v": (dims, own, "the same with the optimizer's second moment"),
            "regularizer_level": (dims, level, "tr(Diag(H)^(1-p)) on the manifold"),
        },
    )
