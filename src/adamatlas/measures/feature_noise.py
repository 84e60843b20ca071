"""Feature learning and noise memorization."""

from __future__ import annotations

import numpy as np
import xarray as xr

from adamatlas.measures import _lanes
from adamatlas.problems.patch_cnn.data import dense_patches

PROBLEMS = ("patch_cnn",)
NEEDS = {"weights": (True,)}


def measure(trace: xr.Dataset, data: xr.Dataset, spec: dict) -> xr.Dataset:
    """The inner products of tang2025 App. D.2 and zou2023 Sec. 6, for both classes j.

    feature_j = max_r <w_jr, j v>, noise_min_j and noise_max_j = min and max over {i: y_i = j} of
    max_r <w_jr, xi_i>, where xi_i includes its feature noise -alpha y_i on the first coordinate.

    Variables over (lane, snapshot, label); NaN after a divergence and where a class has no example.
    """
    weight = _lanes.weights(trace)
    feature, low, high = (_lanes.empty(trace, 2) for _ in range(3))
    for lane in _lanes.lanes(trace):
        draw = _lanes.draw(data, lane.seed)
        noise = dense_patches(draw, lane.settings)
        for shot in _lanes.finite(weight[lane.number]):
            for k, w in enumerate(halves(weight[lane.number, shot])):
                at, label = (lane.number, shot, k), _lanes.LABELS[k]
                feature[at] = (label * w[0]).max()
                memorized = (noise[draw["y"] == label] @ w).max(axis=1)
                if memorized.size:
                    low[at], high[at] = memorized.min(), memorized.max()
    dims = ("lane", "snapshot", "label")
    return _lanes.dataset(
        trace,
        {
            "feature": (dims, feature, "feature learning, max_r <w_jr, j v>"),
            "noise_min": (dims, low, "noise memorization, min_i max_r <w_jr, xi_i>"),
            "noise_max": (dims, high, "noise memorization, max_i max_r <w_jr, xi_i>"),
        },
        {"label": _lanes.LABELS},
    )


def halves(w: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The neurons of class -1 and of class +1 in float64, each (d, m)."""
    m = w.shape[1] // 2
    return w[:, :m].astype(float), w[:, m:].astype(float)
