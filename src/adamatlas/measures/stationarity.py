"""How far a run is from the manifold of minimizers, and how far from a fixed point on it."""

import xarray as xr

from adamatlas.measures.shared.lanes import lanes_with_weights, require
from adamatlas.measures.shared.near_manifold import near_manifold
from adamatlas.measures.shared.quantities import dataset, empty
from adamatlas.theory.manifolds import hessian_diagonal
from adamatlas.theory.slow_ode import stationarity

PROBLEMS = ("diagonal_net", "noisy_ellipse")
SECONDS = (0.6, 0.001)
NEEDS = {"weights": (True,), "regularizer": ("none",), "sign": (False,)}
QUANTITIES = {
    "manifold_distance": (("snapshot",), "distance of the weights to the manifold of minimizers", "1"),
    "stationarity": (("snapshot",), "share of the implicit regularizer's gradient along the manifold", "1"),
    "stationarity_v": (("snapshot",), "the same with the optimizer's own second moment", "1"),
    "regularizer_level": (("snapshot",), "implicit regularizer tr(V(H)^(1-p)) on the manifold", "1"),
    "smallest_curvature": (("snapshot",), "smallest over largest entry of diag(H) on the manifold", "1"),
}


def measure(trace: xr.Dataset, data: xr.Dataset, spec: dict) -> xr.Dataset:
    """The projected gradient of the implicit regularizer (li2025, Thms 5.1, 5.2) along a run.

    The weights are brought to the manifold by the flow that the optimizer preconditions; the share in [0, 1]
    of grad tr(V(H)^(1-p)) that lies along the manifold is 0 at a fixed point. S = (alpha V(H))^-p, or, for
    `stationarity_v` and `loss_floor`, that of the optimizer's second moment (NaN without `moments: true`).
    NaN where no point of the manifold is found. Raises UserError for runs with an explicit regularizer.
    """
    require(trace, NEEDS, "measure stationarity: the slow ODE of li2025")
    out = empty(__name__, trace)
    for lane, draw, _, snapshots in lanes_with_weights(trace, data):
        run = near_manifold(trace, draw, lane)
        for snapshot, theta, s in run.projections(snapshots):
            h = hessian_diagonal(run.manifold, theta)
            index = (lane.number, snapshot)
            out["manifold_distance"][index] = run.distance(snapshot, theta)
            out["regularizer_level"][index] = run.scaling.regularizer(h)
            out["smallest_curvature"][index] = h.min() / h.max()
            settled = run.scaling(run.alpha * run.scaling.averaged(h))
            out["stationarity"][index] = stationarity(run.manifold, theta, settled)
            if "v" in trace or lane.optimizer["v_exponent"] == 0.0:
                out["stationarity_v"][index] = stationarity(run.manifold, theta, s)
    return dataset(__name__, trace, out)
