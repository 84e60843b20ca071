"""The signal-noise coefficients read off from weights, beside their closed recursion (meng2023 Sec. 5.2)."""

from __future__ import annotations

import numpy as np
import xarray as xr

from adamatlas.lanes import Lane
from adamatlas.measures.shared.lanes import (
    finite_snapshots,
    require,
    trained_lanes,
    training_draw,
    weights,
)
from adamatlas.measures.shared.quantities import dataset, empty
from adamatlas.problems.patch_cnn.data import dense_patches
from adamatlas.problems.patch_cnn.decomposition import (
    CORRECTED,
    PRINTED,
    basis,
    coefficients,
    recursion,
)

PROBLEMS = ("patch_cnn",)
SECONDS = (0.7, 0.006)
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
"""Weights carried in the span of the data would lie in it by construction."""
QUANTITIES = {
    "signal_coefficient": (("snapshot",), "largest |gamma_jr| of the signal-noise decomposition", "1"),
    "noise_coefficient": (("snapshot",), "largest |rho_jri| of the signal-noise decomposition", "1"),
    "left_over": (("snapshot",), "part of w - w(0) outside of the span, relative", "1"),
    "recursion_error": (
        ("snapshot", "factor"),
        "largest deviation of Lemma 5.3's recursion over the largest coefficient",
        "1",
    ),
}
COORDINATES = {"factor": (("printed", "corrected"), "the formula as the paper prints it, or corrected")}
POWERS = {"printed": PRINTED, "corrected": CORRECTED}


def measure(trace: xr.Dataset, data: xr.Dataset, spec: dict) -> xr.Dataset:
    """gamma_jr and rho_jri of meng2023 Def. 5.2 from the weights by least squares, and by Lemma 5.3.

    The recursion is run in float64 from the same initial weights, with the factor 1 + 4 lambda zeta l''/m as
    printed and with /m^2 as the gradient has it. It holds for full-batch gradient descent without weight
    decay, q = 2, alpha = 0, with PEGR at reg_factor 1/2 or without regularizer: UserError for others. NaN at
    step 0, where all coefficients are 0, and after a divergence.
    """
    weight = weights(trace)
    require(trace, NEEDS, "measure decomposition: Lemma 5.3 of meng2023")
    out = empty(__name__, trace)
    for lane in trained_lanes(trace):
        k, snapshots = lane.number, finite_snapshots(weight[lane.number])
        if not snapshots.size:
            continue
        draw = training_draw(data, lane.seed)
        vectors = basis(dense_patches(draw, lane.settings))
        start = weight[k, 0].astype(float)
        stops = trace["step"].values[snapshots].astype(np.int64)
        predicted = [
            predict(start, vectors, draw["y"], lane, POWERS[factor], stops)
            for factor in COORDINATES["factor"][0]
        ]
        for number, snapshot in enumerate(snapshots[1:], 1):
            fitted, left = coefficients(weight[k, snapshot].astype(float), start, vectors)
            out["signal_coefficient"][k, snapshot] = np.abs(fitted[0]).max()
            out["noise_coefficient"][k, snapshot] = np.abs(fitted[1:]).max()
            out["left_over"][k, snapshot] = left
            size = np.abs(fitted).max()
            out["recursion_error"][k, snapshot] = [
                np.abs(course[number] - fitted).max() / size for course in predicted
            ]
    return dataset(__name__, trace, out)


def predict(
    start: np.ndarray, vectors: np.ndarray, y: np.ndarray, lane: Lane, power: int, stops: np.ndarray
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
