"""The label-noise ODE beside the projected weights of a run."""

import numpy as np
import xarray as xr

from adamatlas.measures.shared.lanes import lanes_with_weights, require, weights
from adamatlas.measures.shared.near_manifold import near_manifold, require_second_moment
from adamatlas.measures.shared.quantities import dataset, empty
from adamatlas.theory.slow_ode import solve

PROBLEMS = ("diagonal_net", "noisy_ellipse")
SECONDS = (0.7, 0.003)
NEEDS = {"weights": (True,), "regularizer": ("none",), "sign": (False,)}
QUANTITIES = {
    "slow_time": (("snapshot",), "T = lr^2 steps", "1"),
    "manifold_distance": (("snapshot",), "distance of the weights to the manifold of minimizers", "1"),
    "projected": (("snapshot", "parameter"), "weights projected onto the manifold, Phi_S(w)", "1"),
    "ode": (("snapshot", "parameter", "factor"), "label-noise ODE from the first projection, theta(T)", "1"),
    "ode_error": (("snapshot", "factor"), "|Phi_S(w) - theta(T)|", "1"),
    "ode_gap": (("factor",), "largest |Phi_S(w) - theta(T)| over how far the projected path gets", "1"),
}
COORDINATES = {
    "parameter": (None, "number of a weight"),
    "factor": (("corrected", "printed"), "drift of the ODE: alpha/4, or alpha/2 as the paper prints it"),
}
SPEEDS = {"corrected": 1.0, "printed": 2.0}
"""By which the drift with alpha/4 is multiplied."""


def measure(trace: xr.Dataset, data: xr.Dataset, spec: dict) -> xr.Dataset:
    """theta(T) of li2025's Eq. (3) (theory.slow_ode) beside the projected weights Phi_S(w) of Def. 4.1.

    The ODE starts from the projection of the first snapshot after the start. NaN before it and after a
    divergence. Raises UserError where the trace holds no second moment, the optimizer corrects its bias, or
    there is an explicit regularizer.
    """
    require(trace, NEEDS, "measure slow_ode: the slow ODE of li2025")
    out = empty(__name__, trace, parameter=weights(trace)[0, 0].size)
    for lane, draw, _, snapshots in lanes_with_weights(trace, data):
        require_second_moment(trace, lane)
        lr, k = lane.optimizer["lr"], lane.number
        out["slow_time"][k] = times = trace["step"].values * lr**2
        run, shown = near_manifold(trace, draw, lane), []
        for snapshot, theta, _ in run.projections(snapshots[times[snapshots] > 0]):
            out["projected"][k, snapshot] = theta
            out["manifold_distance"][k, snapshot] = run.distance(snapshot, theta)
            shown.append(snapshot)
        if not shown:
            continue
        for number, factor in enumerate(COORDINATES["factor"][0]):
            out["ode"][k, shown, :, number], _ = solve(
                run.manifold,
                out["projected"][k, shown[0]],
                run.second_moment(shown[0]),
                times[shown],
                alpha=run.alpha,
                c=(1.0 - lane.optimizer["beta2"]) / lr**2 if lane.optimizer["v_exponent"] else 0.0,
                preconditioner=run.scaling,
                speed=SPEEDS[factor],
            )
        out["ode_error"][k] = np.linalg.norm(out["projected"][k, :, :, None] - out["ode"][k], axis=1)
    out["ode_gap"] = _gap(out["projected"], out["ode_error"])
    return dataset(__name__, trace, out)


def _gap(projected: np.ndarray, error: np.ndarray) -> np.ndarray:
    """(lane, factor): the largest error over how far the projected path gets from its start."""
    out = np.full((len(error), error.shape[2]), np.nan)
    for lane in range(len(error)):
        known = np.flatnonzero(np.isfinite(error[lane]).all(axis=1))
        if known.size > 1:
            spread = np.linalg.norm(projected[lane, known] - projected[lane, known[0]], axis=1).max()
            out[lane] = error[lane, known].max(axis=0) / spread
    return out
