"""Training and test errors of a patch_cnn trace."""

from __future__ import annotations

from functools import partial

import numpy as np
import xarray as xr

from adamatlas.measures import _lanes
from adamatlas.measures._test_draw import samples
from adamatlas.problems.patch_cnn.data import patches
from adamatlas.problems.patch_cnn.kernels import margins

PROBLEMS = ("patch_cnn",)
NEEDS = {"weights": (True,)}
N_TEST = 10_000
N_TEST_ON_THE_WAY = 2_000


def measure(trace: xr.Dataset, data: xr.Dataset, spec: dict) -> xr.Dataset:
    """Errors mean 1[F_y <= F_-y] (a tie is an error; zou2023 and tang2025 Def. 3.2) and the training loss.

    The training set comes from the data file, the test set is regenerated from the lane's seed: `n_test`
    points (10,000) at the last snapshot that holds weights, the first 2,000 of them at the earlier ones.

    Variables: `train_error`, `train_loss`, `test_error` over (lane, snapshot), `test_error_by_label` over
    (lane, snapshot, label). NaN after a divergence.
    """
    n_test = int(spec.get("options", {}).get("n_test", N_TEST))
    weight = _lanes.weights(trace)
    train_error, train_loss, test_error = (_lanes.empty(trace) for _ in range(3))
    by_label = _lanes.empty(trace, 2)
    for lanes, train, test in samples(trace, data, n_test, partial(_sparse, dtype=weight.dtype)):
        for lane in lanes:
            shots = _lanes.finite(weight[lane.number])
            for shot in shots:
                w = np.ascontiguousarray(weight[lane.number, shot])
                at = (lane.number, shot)
                margin = _margins(w, train, len(train[0]), lane.settings)
                train_error[at] = np.mean(margin <= 0)
                train_loss[at] = np.mean(np.logaddexp(0, -margin))
                size = n_test if shot == shots[-1] else min(n_test, N_TEST_ON_THE_WAY)
                wrong = _margins(w, test, size, lane.settings) <= 0
                test_error[at] = wrong.mean()
                by_label[at] = [wrong[test[0][:size] == label].mean() for label in _lanes.LABELS]
    return _lanes.dataset(
        trace,
        {
            "train_error": (("lane", "snapshot"), train_error, "training error"),
            "train_loss": (("lane", "snapshot"), train_loss, "training loss without decay", "nat"),
            "test_error": (("lane", "snapshot"), test_error, "test error"),
            "test_error_by_label": (("lane", "snapshot", "label"), by_label, "test error of one class"),
        },
        {"label": _lanes.LABELS},
    )


def _sparse(draw: dict, settings: dict, dtype: np.dtype) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    index, value = patches(draw, settings)
    return draw["y"], index, value.astype(dtype)


def _margins(w: np.ndarray, sample: tuple, size: int, settings: dict) -> np.ndarray:
    y, index, value = (part[:size] for part in sample)
    return margins(w, index, value, y, settings["q"], settings["output_scale"])
