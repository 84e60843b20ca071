"""Training and test errors of a patch_cnn trace."""

from functools import partial

import numpy as np
import xarray as xr

from adamatlas.measures.shared.lanes import LABELS, finite_snapshots, weights
from adamatlas.measures.shared.quantities import dataset, empty
from adamatlas.measures.shared.test_draws import with_test_draws
from adamatlas.problems.patch_cnn.data import patches
from adamatlas.problems.patch_cnn.kernels import margins

PROBLEMS = ("patch_cnn",)
SECONDS = (0.75, 0.003)
NEEDS = {"weights": (True,)}
QUANTITIES = {
    "train_error": (("snapshot",), "training error; a tie is an error", "1"),
    "train_loss": (("snapshot",), "training loss without decay", "nat"),
    "test_error": (("snapshot",), "test error on n_test points, before the end on 2,000 of them", "1"),
    "test_error_by_label": (("snapshot", "label"), "test error of one class", "1"),
}
COORDINATES = {"label": ((-1, 1), "class j")}
N_TEST = 10_000
N_TEST_ON_THE_WAY = 2_000


def measure(trace: xr.Dataset, data: xr.Dataset, spec: dict) -> xr.Dataset:
    """Errors mean 1[F_y <= F_-y] (a tie is an error; zou2023 and tang2025 Def. 3.2) and the training loss.

    The training set comes from the data file, the test set is regenerated from the lane's seed: `n_test`
    points (10,000) at the last snapshot that holds weights, the first 2,000 of them at the earlier ones.
    NaN after a divergence.
    """
    n_test = int(spec.get("options", {}).get("n_test", N_TEST))
    weight = weights(trace)
    out = empty(__name__, trace)
    for lanes, train, test in with_test_draws(trace, data, n_test, partial(_sparse, dtype=weight.dtype)):
        for lane in lanes:
            snapshots = finite_snapshots(weight[lane.number])
            for snapshot in snapshots:
                index = (lane.number, snapshot)
                w = np.ascontiguousarray(weight[index])
                margin = _margins(w, train, len(train[0]), lane.settings)
                out["train_error"][index] = np.mean(margin <= 0)
                out["train_loss"][index] = np.mean(np.logaddexp(0, -margin))
                size = n_test if snapshot == snapshots[-1] else min(n_test, N_TEST_ON_THE_WAY)
                wrong = _margins(w, test, size, lane.settings) <= 0
                out["test_error"][index] = wrong.mean()
                out["test_error_by_label"][index] = [wrong[test[0][:size] == j].mean() for j in LABELS]
    return dataset(__name__, trace, out)


def _sparse(draw: dict, settings: dict, dtype: np.dtype) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    index, value = patches(draw, settings)
    return draw["y"], index, value.astype(dtype)


def _margins(w: np.ndarray, sample: tuple, size: int, settings: dict) -> np.ndarray:
    y, index, value = (part[:size] for part in sample)
    return margins(w, index, value, y, settings["q"], settings["output_scale"])
