"""The label-noise ODE beside the optimizer's projected trajectory."""

from __future__ import annotations

import numpy as np
import xarray as xr

from adamatlas.errors import UserError
from adamatlas.measures import _lanes
from adamatlas.measures._manifold import Place, place
from adamatlas.theory.slow_ode import solve

PROBLEMS = ("diagonal_net", "noisy_ellipse")
NEEDS = {"weights": (True,), "regularizer": ("none",), "v_block": ("coordinate",), "sign": (False,)}
FACTORS = {"corrected": 1.0, "printed": 2.0}
"""By which the drift with alpha/4 is multiplied."""


def measure(trace: xr.Dataset, data: xr.Dataset, spec: dict) -> xr.Dataset:
    """theta(T) of li2025's Eq. (3) (theory.slow_ode) from the first snapshot after the start, T = lr^2 steps.

    Variables over (lane, snapshot): `slow_time`, T; `manifold_distance`; over (lane, snapshot, parameter):
    `projected`, Phi_S(w). With `factor` too, which is alpha/4 (`corrected`) or alpha/2 (`printed` in the
    paper): `ode`, theta(T), and `ode_error`, |Phi_S(w) - theta(T)|. Over lane and factor: `ode_gap`, the
    largest error over how far the projected path gets from its start. NaN at the first snapshot and after a
    divergence.
    Raises UserError where the trace holds no second moment, the optimizer corrects its bias, or there is an
    explicit regularizer: the ODE knows none of these.
    """
    _lanes.require(trace, NEEDS, "measure slow_ode: the slow ODE of li2025")
    weight = _lanes.weights(trace)
    size = weight[0, 0].size
    slow, distance = _lanes.empty(trace), _lanes.empty(trace)
    projected = _lanes.empty(trace, size)
    path, error = _lanes.empty(trace, size, len(FACTORS)), _lanes.empty(trace, len(FACTORS))
    for lane in _lanes.lanes(trace):
        _check(trace, lane)
        shots = [shot for shot in _lanes.finite(weight[lane.number]) if trace["step"].values[shot] > 0]
        lr = lane.optimizer["lr"]
        times = trace["step"].values * lr**2
        slow[lane.number] = times
        there = place(trace, data, lane)
        starts = _project(there, shots, projected[lane.number], distance[lane.number])
        if not starts:
            continue
        first = starts[0]
        for k, speed in enumerate(FACTORS.values()):
            path[lane.number, starts, :, k], _ = solve(
                there.manifold,
                projected[lane.number, first],
                there.second_moment(first),
                times[starts],
                alpha=there.alpha,
                c=(1.0 - lane.optimizer["beta2"]) / lr**2 if lane.optimizer["v_exponent"] else 0.0,
                preconditioner=there.scaling,
                speed=speed,
            )
        error[lane.number] = np.linalg.norm(projected[lane.number, :, :, None] - path[lane.number], axis=1)
    dims = ("lane", "snapshot")
    return _lanes.dataset(
        trace,
        {
            "slow_time": (dims, slow, "T = lr^2 steps"),
            "manifold_distance": (dims, distance, "distance to the manifold of minimizers"),
            "projected": ((*dims, "parameter"), projected, "weights projected onto the manifold"),
            "ode": ((*dims, "parameter", "factor"), path, "label-noise ODE"),
            "ode_error": (
                (*dims, "factor"),
                error,
                "distance of the projected weights from the label-noise ODE",
            ),
            "ode_gap": (
                ("lane", "factor"),
                _gap(projected, error),
                "largest distance from the ODE over how far the path gets",
            ),
        },
        {"parameter": np.arange(size), "factor": list(FACTORS)},
    )


def _gap(projected: np.ndarray, error: np.ndarray) -> np.ndarray:
    """(lane, factor): the largest error over how far the projected path gets from its start."""
    out = np.full((len(error), error.shape[2]), np.nan)
    for lane in range(len(error)):
        known = np.flatnonzero(np.isfinite(error[lane]).all(axis=1))
        if known.size > 1:
            spread = np.linalg.norm(projected[lane, known] - projected[lane, known[0]], axis=1).max()
            out[lane] = error[lane, known].max(axis=0) / spread
    return out


def _project(there: Place, shots: list[int], projected: np.ndarray, distance: np.ndarray) -> list[int]:
    """Fill the projections (snapshot, P) of a lane; the snapshots where there is one."""
    found = []
    for shot in shots:
        result = there.project(shot)
        if result is not None:
            projected[shot], _ = result
            distance[shot] = np.linalg.norm(projected[shot] - there.theta[shot])
            found.append(shot)
    return found


def _check(trace: xr.Dataset, lane: _lanes.Lane) -> None:
    if lane.optimizer["v_exponent"] == 0.0:
        return
    if "v" not in trace:
        raise UserError("the label-noise ODE starts from the second moment: set `moments: true`")
    if lane.optimizer["bias_correction"]:
        raise UserError("the label-noise ODE has no bias correction: set `bias_correction: false`")
