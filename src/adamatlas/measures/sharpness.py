"""Sharpness along a run: tr(Diag(H)^e), and the quasi-norms that it stands for."""

from __future__ import annotations

import numpy as np
import xarray as xr

from adamatlas.measures import _lanes
from adamatlas.problems.diagonal_net import reference as diagonal_net
from adamatlas.problems.matrix_factorization import reference as matrix_factorization
from adamatlas.problems.noisy_ellipse import reference as noisy_ellipse
from adamatlas.theory.sharpness import LARGEST, diagonal, exact_diagonals, quasi_norm, trace_power

PROBLEMS = ("diagonal_net", "matrix_factorization", "noisy_ellipse")
NEEDS = {"weights": (True,)}
MODELS = {
    "diagonal_net": diagonal_net, "matrix_factorization": matrix_factorization,
    "noisy_ellipse": noisy_ellipse,
}  # fmt: skip
EXPONENTS = np.array([0.1, 0.25, 0.5, 0.75, 1.0])


def measure(trace: xr.Dataset, data: xr.Dataset, spec: dict) -> xr.Dataset:
    """tr(Diag(H)^e) of the loss without label noise, for e in EXPONENTS (e = 1 is tr H, 1/2 Adam's).

    Variables over (lane, snapshot, exponent): `trace_power` in closed form, as at interpolation;
    `trace_power_exact` by an autograd Hessian, NaN in networks of more than 400 weights; `quasi_norm`, sum
    |w|^e of what the network computes. Histories of the engine (`angle`, `excess`, `test_loss`, `train_loss`,
    `support`) are passed on.
    """
    weight = _lanes.weights(trace)
    closed, exact, norms = (_lanes.empty(trace, EXPONENTS.size) for _ in range(3))
    problem = _lanes.read_spec(trace)["problem"]
    for lane in _lanes.lanes(trace):
        draw = _lanes.draw(data, lane.seed)
        model = MODELS[problem].Model(lane.settings, draw, lane.seed)
        shots = _lanes.finite(weight[lane.number])
        for shot in shots:
            w = weight[lane.number, shot]
            at = (lane.number, shot)
            flat = diagonal(problem, lane.settings, draw, w)
            closed[at] = [trace_power(flat, e) for e in EXPONENTS]
            norms[at] = [quasi_norm(problem, w, e) for e in EXPONENTS]
        if shots.size and weight[0, 0].size <= LARGEST:
            for shot, full in zip(shots, exact_diagonals(model, weight[lane.number, shots]), strict=True):
                exact[lane.number, shot] = [trace_power(full, e) for e in EXPONENTS]
    dims = ("lane", "snapshot", "exponent")
    histories = {
        name: (("lane", "snapshot"), trace[name].values, trace[name].attrs.get("long_name", name))
        for name in ("angle", "excess", "test_loss", "train_loss", "support")
        if name in trace
    }
    return _lanes.dataset(
        trace,
        histories
        | {
            "trace_power": (dims, closed, "tr(Diag(H)^e) as at interpolation"),
            "trace_power_exact": (dims, exact, "tr(Diag(H)^e) of the exact Hessian"),
            "quasi_norm": (dims, norms, "sum |w|^e of what the network computes"),
        },
        {"exponent": EXPONENTS},
    )
