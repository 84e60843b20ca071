"""The label-noise ODE beside the optimizer's projected trajectory."""

from __future__ import annotations

import numpy as np
import xarray as xr

from adamatlas.errors import UserError
from adamatlas.measures import _lanes
from adamatlas.measures._manifold import on_manifold, place, scaling, second_moment
from adamatlas.theory.slow_ode import solve

PROBLEMS = ("diagonal_net", "noisy_ellipse")


def measure(trace: xr.Dataset, data: xr.Dataset, spec: dict) -> xr.Dataset:
    """theta(T) of li2025's Eq. (3) (theory.slow_ode) from the first snapshot after the start, T = lr^2 steps.

    Variables over (lane, snapshot): `slow_time`, T; `manifold_distance`; `ode_error`, |Phi_S(w) - theta(T)|.
    Over (lane, snapshot, parameter): `projected`, Phi_S(w), and `ode`, theta(T). NaN at the first snapshot
    and after a divergence. Raises UserError where the trace holds no second moment, or the optimizer
    corrects its bias: the ODE has none.
    """
    weight = _lanes.weights(trace)
    size = weight[0, 0].size
    slow, distance, error = (_lanes.empty(trace) for _ in range(3))
    projected, path = (_lanes.empty(trace, size) for _ in range(2))
    for lane in _lanes.lanes(trace):
        _check(trace, lane)
        shots = [shot for shot in _lanes.finite(weight[lane.number]) if trace["step"].values[shot] > 0]
        lr = lane.optimizer["lr"]
        times = trace["step"].values * lr**2
        slow[lane.number] = times
        starts = _project(trace, data, lane, shots, projected, distance)
        if not starts:
            continue
        first = starts[0]
        there = place(trace, data, lane, first)
        path[lane.number, starts], _ = solve(
            there.manifold,
            projected[lane.number, first],
            second_moment(trace, lane, first, there),
            times[starts],
            alpha=there.alpha,
            c=(1.0 - lane.optimizer["beta2"]) / lr**2 if lane.optimizer["p"] else 0.0,
            preconditioner=scaling(lane),
        )
        error[lane.number] = np.linalg.norm(projected[lane.number] - path[lane.number], axis=1)
    dims = ("lane", "snapshot")
    return _lanes.dataset(
        trace,
        {
            "slow_time": (dims, slow, "T = lr^2 steps"),
            "manifold_distance": (dims, distance, "distance to the manifold of minimizers"),
            "ode_error": (dims, error, "distance of the projected weights from the label-noise ODE"),
            "projected": ((*dims, "parameter"), projected, "weights projected onto the manifold"),
            "ode": ((*dims, "parameter"), path, "label-noise ODE"),
        },
        {"parameter": np.arange(size)},
    )


def _project(trace, data, lane, shots, projected, distance) -> list[int]:
    """Fill the projections of a lane; the snapshots where there is one."""
    found = []
    for shot in shots:
        result = on_manifold(trace, data, lane, shot)
        if result is not None:
            there, projected[lane.number, shot], _ = result
            distance[lane.number, shot] = np.linalg.norm(projected[lane.number, shot] - there.theta)
            found.append(shot)
    return found


def _check(trace: xr.Dataset, lane: _lanes.Lane) -> None:
    if lane.optimizer["p"] == 0.0:
        return
    if "v" not in trace:
        raise UserError("the label-noise ODE starts from the second moment: set `moments: true`")
    if lane.optimizer["bias_correction"]:
        raise UserError("the label-noise ODE has no bias correction: set `bias_correction: false`")
