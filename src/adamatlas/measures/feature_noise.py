"""Feature learning and noise memorization."""

import numpy as np
import xarray as xr

from adamatlas.measures.shared.lanes import LABELS, lanes_with_weights
from adamatlas.measures.shared.quantities import dataset, empty
from adamatlas.problems.patch_cnn.data import dense_patches

PROBLEMS = ("patch_cnn",)
SECONDS = (0.35, 0.0006)
NEEDS = {"weights": (True,)}
QUANTITIES = {
    "feature": (("snapshot", "label"), "feature learning, max_r <w_jr, j v>", "1"),
    "feature_margin": (
        ("snapshot", "label"),
        "margin from the feature alone, sum_r [<w_jr, j v>]_+^q - sum_r [<w_-jr, j v>]_+^q",
        "1",
    ),
    "noise_min": (("snapshot", "label"), "noise memorization, min of max_r <w_jr, xi_i> over y_i = j", "1"),
    "noise_max": (("snapshot", "label"), "noise memorization, max of max_r <w_jr, xi_i> over y_i = j", "1"),
}
COORDINATES = {"label": ((-1, 1), "class j")}


def measure(trace: xr.Dataset, data: xr.Dataset, spec: dict) -> xr.Dataset:
    """The inner products of tang2025 App. D.2 and zou2023 Sec. 6, for both classes j.

    feature_j = max_r <w_jr, j v>; feature_margin_j = F_j - F_-j of the feature patch j v alone, without
    output_scale; noise_min_j and noise_max_j = min and max over {i: y_i = j} of
    max_r <w_jr, xi_i>, where xi_i includes its feature noise -alpha y_i on the first coordinate. NaN after a
    divergence and where a class has no example.
    """
    out = empty(__name__, trace)
    for lane, draw, w, snapshots in lanes_with_weights(trace, data):
        noise, q = dense_patches(draw, lane.settings), lane.settings["q"]
        for snapshot in snapshots:
            of_class = np.split(w[snapshot].astype(float), 2, axis=1)
            for k, (label, neurons) in enumerate(zip(LABELS, of_class, strict=True)):
                index = (lane.number, snapshot, k)
                out["feature"][index] = (label * neurons[0]).max()
                own, other = (np.maximum(label * one[0], 0) ** q for one in (neurons, of_class[1 - k]))
                out["feature_margin"][index] = own.sum() - other.sum()
                memorized = (noise[draw["y"] == label] @ neurons).max(axis=1)
                if memorized.size:
                    out["noise_min"][index] = memorized.min()
                    out["noise_max"][index] = memorized.max()
    return dataset(__name__, trace, out)
