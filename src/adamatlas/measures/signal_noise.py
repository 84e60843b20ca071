"""Signal learning, noise memorization, training loss and test accuracy, snapshot by snapshot."""

from functools import partial

import numpy as np
import xarray as xr

from adamatlas.measures.shared.lanes import LABELS, finite_snapshots, weights
from adamatlas.measures.shared.quantities import dataset, empty
from adamatlas.measures.shared.test_draws import with_test_draws
from adamatlas.problems.patch_cnn.data import dense_patches

PROBLEMS = ("patch_cnn",)
SECONDS = (0.7, 0.0007)
NEEDS = {"weights": (True,)}
QUANTITIES = {
    "signal": (("snapshot",), "signal learning, max_jr |<w_jr, mu>|", "1"),
    "noise": (("snapshot",), "noise memorization, max_jri <w_jr, xi_i>", "1"),
    "train_loss": (("snapshot",), "training loss without regularizer", "nat"),
    "train_accuracy": (("snapshot",), "training accuracy; a tie is an error", "1"),
    "test_accuracy": (("snapshot",), "test accuracy on n_test points; a tie is an error", "1"),
}
N_TEST = 1_000


def measure(trace: xr.Dataset, data: xr.Dataset, spec: dict) -> xr.Dataset:
    """The quantities of meng2023 Sec. 4.1, where mu = e_1 and xi_i are the noise patches of the training set.

    The accuracies are P(y f(x) > 0) on the training set and on `n_test` fresh points (1,000 where the option
    is not given). Computed in the precision of the weights; NaN after a divergence.
    """
    weight = weights(trace)
    n_test = int(spec.get("options", {}).get("n_test", N_TEST))
    out = empty(__name__, trace)
    for lanes, train, test in with_test_draws(trace, data, n_test, partial(_patches, dtype=weight.dtype)):
        for lane in lanes:
            snapshots = finite_snapshots(weight[lane.number])
            if not snapshots.size:
                continue
            w = weight[lane.number, snapshots]
            margin, products = margins(w, *train, lane.settings)
            found = {
                "signal": np.abs(w[:, 0]).max(axis=1),
                "noise": products.max(axis=(0, 2)),
                "train_loss": np.logaddexp(0, -margin.astype(float)).mean(axis=1),
                "train_accuracy": (margin > 0).mean(axis=1),
                "test_accuracy": (margins(w, *test, lane.settings)[0] > 0).mean(axis=1),
            }
            for name, values in found.items():
                out[name][lane.number, snapshots] = values
    return dataset(__name__, trace, out)


def margins(w: np.ndarray, y: np.ndarray, noise: np.ndarray, settings: dict) -> tuple[np.ndarray, np.ndarray]:
    """(y_i f(x_i) (snapshot, n), <w_jr, xi_i> (n, snapshot, 2m)) of weights (snapshot, d, 2m)."""
    q, m = settings["q"], w.shape[2] // 2
    products = np.tensordot(noise, w, axes=(1, 1))
    by_label = np.maximum(np.array(LABELS, w.dtype)[:, None, None] * w[:, 0], 0) ** q
    feature = by_label[:, :, m:].sum(axis=2) - by_label[:, :, :m].sum(axis=2)
    active = np.maximum(products, 0) ** q
    gap = active[:, :, m:].sum(axis=2) - active[:, :, :m].sum(axis=2)
    gap += np.where(y[:, None] > 0, feature[1], feature[0])
    return settings["output_scale"] * (y[:, None] * gap).T, products


def _patches(draw: dict, settings: dict, dtype: np.dtype) -> tuple[np.ndarray, np.ndarray]:
    """(y, noise patches (n, d)) of a draw."""
    return draw["y"].astype(dtype), dense_patches(draw, settings, dtype)
