"""The signal-noise coefficients read off from weights, beside their closed recursion (meng2023 Sec. 5.2)."""

from __future__ import annotations

import numpy as np
import xarray as xr

from adamatlas.measures import _lanes
from adamatlas.problems.patch_cnn.data import dense_patches
from adamatlas.problems.patch_cnn.decomposition import (
    CORRECTED,
    PRINTED,
    basis,
    coefficients,
    recursion,
)

PROBLEMS = ("patch_cnn",)
NEEDS = {
    "weights": (True,),
    "batch_size": ("full",),
    "carry_in_span": (False,),
    "q": (2,),
    "alpha": (0,),
    "v_exponent": (0,),
    "beta1": (0,),
    "sign": (False,),
    "weight_decay": (0,),
    "regularizer": ("none", "per_example_gradient"),
}
"""In the span of the data the decomposition holds by construction."""
FACTORS = {"printed": PRINTED, "corrected": CORRECTED}


def measure(trace: xr.Dataset, data: xr.Dataset, spec: dict) -> xr.Dataset:
    """gamma_jr and rho_jri of meng2023 Def. 5.2 from the weights by least squares, and by Lemma 5.3.

    The recursion is run in float64 from the same initial weights, with the factor 1 + 4 lambda zeta l''/m as
    printed and with /m^2 as the gradient has it. It holds for full-batch gradient descent without weight
    decay, q = 2, alpha = 0, with PEGR at reg_factor 1/2 or without regularizer: UserError for others.

    Variables over (lane, snapshot): `signal_coefficient` = max abs(gamma), `noise_coefficient` = max
    abs(rho), `left_over`, the part of w - w(0) outside of the span (largest entry, relative); over (lane,
    snapshot, factor): `recursion_error`, the largest deviation of a coefficient of the recursion over the
    largest coefficient. NaN at step 0, where all are 0, and after a divergence.
    """
    weight = _lanes.weights(trace)
    _lanes.require(trace, NEEDS, "measure decomposition: Lemma 5.3 of meng2023")
    names = ("signal_coefficient", "noise_coefficient", "left_over")
    out = {name: _lanes.empty(trace) for name in names}
    error = _lanes.empty(trace, len(FACTORS))
    for lane in _lanes.lanes(trace):
        k, shots = lane.number, _lanes.finite(weight[lane.number])
        if not shots.size:
            continue
        draw = _lanes.draw(data, lane.seed)
        vectors = basis(dense_patches(draw, lane.settings))
        start = weight[k, 0].astype(float)
        stops = trace["step"].values[shots].astype(np.int64)
        predicted = [predict(start, vectors, draw["y"], lane, power, stops) for power in FACTORS.values()]
        for number, shot in enumerate(shots[1:], 1):
            found, left = coefficients(weight[k, shot].astype(float), start, vectors)
            size = np.abs(found).max()
            values = (np.abs(found[0]).max(), np.abs(found[1:]).max(), left)
            for name, value in zip(names, values, strict=True):
                out[name][k, shot] = value
            error[k, shot] = [np.abs(course[number] - found).max() / size for course in predicted]
    titles = ("largest |gamma_jr|", "largest |rho_jri|", "part of w - w(0) outside of the span")
    dims = ("lane", "snapshot")
    variables = {name: (dims, out[name], title) for name, title in zip(names, titles, strict=True)}
    variables["recursion_error"] = (
        (*dims, "factor"),
        error,
        "largest deviation of the recursion's coefficients over the largest coefficient",
    )
    return _lanes.dataset(trace, variables, {"factor": list(FACTORS)})


def predict(
    start: np.ndarray, vectors: np.ndarray, y: np.ndarray, lane: _lanes.Lane, power: int, stops: np.ndarray
) -> np.ndarray:
    """The coefficients by the recursion at the steps `stops`: (len(stops), n + 1, 2m)."""
    return recursion(
        vectors @ start,
        vectors @ vectors.T,
        y.astype(float),
        lane.optimizer["lr"],
        lane.settings["output_scale"],
        2 * lane.regularizer["weight"],
        power,
        lane.regularizer["off_step"],
        stops,
    )
