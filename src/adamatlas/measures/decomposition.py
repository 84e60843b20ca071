"""The signal-noise coefficients of the weights, and their closed recursion (meng2023 Sec. 5.2)."""

import numpy as np
import xarray as xr

from adamatlas.measures.shared.lanes import lanes_with_weights, require
from adamatlas.measures.shared.quantities import dataset, empty
from adamatlas.problems.patch_cnn.data import dense_patches
from adamatlas.problems.patch_cnn.decomposition import CORRECTED, PRINTED, basis, coefficients, recursion

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
"""carry_in_span: weights carried in the span of the data would lie in it by construction."""
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
"""Of each factor, in their order."""


def measure(trace: xr.Dataset, data: xr.Dataset, spec: dict) -> xr.Dataset:
    """gamma_jr and rho_jri of meng2023 Def. 5.2 from the weights by least squares, and by Lemma 5.3.

    The recursion is run in float64 from the same initial weights, with the factor 1 + 4 lambda zeta l''/m as
    printed and with /m^2 as the gradient has it. It holds for full-batch gradient descent without weight
    decay, q = 2, alpha = 0, with PEGR at reg_factor 1/2 or without regularizer: UserError for others. NaN at
    step 0, where all coefficients are 0, and after a divergence.
    """
    require(trace, NEEDS, "measure decomposition: Lemma 5.3 of meng2023")
    out = empty(__name__, trace)
    for lane, draw, w, snapshots in lanes_with_weights(trace, data):
        if not snapshots.size:
            continue
        vectors = basis(dense_patches(draw, lane.settings))
        start, y = w[0].astype(float), draw["y"].astype(float)
        products, gram = vectors @ start, vectors @ vectors.T
        lr, scale, penalty = lane.optimizer["lr"], lane.settings["output_scale"], lane.regularizer
        stops = trace["step"].values[snapshots].astype(np.int64)
        predicted = [
            recursion(products, gram, y, lr, scale, 2 * penalty["weight"], power, penalty["off_step"], stops)
            for power in POWERS.values()
        ]
        for number, snapshot in enumerate(snapshots[1:], 1):
            fitted, left = coefficients(w[snapshot].astype(float), start, vectors)
            size, index = np.abs(fitted).max(), (lane.number, snapshot)
            out["signal_coefficient"][index] = np.abs(fitted[0]).max()
            out["noise_coefficient"][index] = np.abs(fitted[1:]).max()
            out["left_over"][index] = left
            out["recursion_error"][index] = [np.abs(part[number] - fitted).max() / size for part in predicted]
    return dataset(__name__, trace, out)
