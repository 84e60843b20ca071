"""What meng2023's propositions bound: signal-noise coefficients, loss, its gradient, and the test error."""

import numpy as np
import xarray as xr
from scipy.special import expit

from adamatlas.lanes import Lane
from adamatlas.measures.shared.lanes import lanes_with_weights, require
from adamatlas.measures.shared.quantities import dataset, empty
from adamatlas.measures.signal_noise import N_TEST
from adamatlas.problems.patch_cnn.data import dense_patches
from adamatlas.problems.patch_cnn.decomposition import basis, classes
from adamatlas.randomness import PURPOSES, normals

PROBLEMS = ("patch_cnn",)
SECONDS = (0.7, 0.03)
NEEDS = {"weights": (True,), "batch_size": ("full",), "q": (2,), "alpha": (0,), "sampler": ("dense",)}
QUANTITIES = {
    "gamma_reached": (("snapshot",), "signal coefficients, min_j max_r gamma_jr", "1"),
    "gamma_max": (("snapshot",), "largest gamma_jr", "1"),
    "gamma_min": (("snapshot",), "smallest gamma_jr", "1"),
    "rho_reached": (("snapshot",), "noise coefficients, min_i max_r rho_jri with j = y_i", "1"),
    "rho_max": (("snapshot",), "largest rho_jri", "1"),
    "rho_min": (("snapshot",), "smallest rho_jri", "1"),
    "rho_own_min": (("snapshot",), "smallest rho_jri with j = y_i", "1"),
    "slope_deviation": (("snapshot",), "max_i |l'_i + 1/2|", "1"),
    "gradient_norm": (("snapshot",), "|grad L|^2 without regularizer", "1"),
    "train_loss": (("snapshot",), "training loss without regularizer", "nat"),
    "test_error": (("snapshot",), "test error; a tie is an error", "1"),
}
TEST_STREAM = 3
"""Of the purpose `test`; `data.sample` has 0 to 2 of every four."""


def measure(trace: xr.Dataset, data: xr.Dataset, spec: dict) -> xr.Dataset:
    """gamma and rho of meng2023 Def. 5.2 in the span of mu and the noise patches, and what they fit.

    The test error is of `n_test` pairs of points of both labels with one noise patch, of which the products
    <w_c, xi> are drawn: they are N(0, sigma_p^2 W' W) with the part W of the weights orthogonal to mu. NaN
    after a divergence.
    """
    require(trace, NEEDS, "measure coefficient_bounds: the propositions of meng2023")
    n_test = int(spec.get("options", {}).get("n_test", N_TEST))
    out = empty(__name__, trace)
    for lane, draw, weight, snapshots in lanes_with_weights(trace, data):
        vectors = basis(dense_patches(draw, lane.settings))
        gram, start = vectors @ vectors.T, vectors @ weight[0].astype(float)
        fresh = np.empty((n_test, weight.shape[-1]))
        normals(lane.seed, PURPOSES["test"], TEST_STREAM, fresh.reshape(-1))
        for snapshot in snapshots:
            w = weight[snapshot].astype(float)
            products = vectors @ w
            found = coefficients(np.linalg.solve(gram, products - start), gram, draw["y"])
            found |= losses(products, gram, draw["y"], lane.settings["output_scale"])
            found["test_error"] = test_error(w, fresh, lane)
            for name, value in found.items():
                out[name][lane.number, snapshot] = value
    return dataset(__name__, trace, out)


def coefficients(along: np.ndarray, gram: np.ndarray, y: np.ndarray) -> dict[str, float]:
    """Extremes of gamma and rho from w - w(0) = sum_k along_k v_k (n + 1, 2m), v_0 = mu, v_i = xi_i."""
    j = classes(along.shape[1])
    gamma, rho = j * along[0], along[1:] * np.diag(gram)[1:, None]
    own = j == y[:, None]
    return {
        "gamma_reached": min(gamma[j < 0].max(), gamma[j > 0].max()),
        "gamma_max": gamma.max(),
        "gamma_min": gamma.min(),
        "rho_reached": np.where(own, rho, -np.inf).max(axis=1).min(),
        "rho_max": rho.max(),
        "rho_min": rho.min(),
        "rho_own_min": rho[own].min(),
    }


def losses(products: np.ndarray, gram: np.ndarray, y: np.ndarray, scale: float) -> dict[str, float]:
    """The loss, |grad L|^2 and the largest |l' + 1/2| from the products <w, mu>, <w, xi_i> (n + 1, 2m)."""
    n, j = len(y), classes(products.shape[1])
    feature, noise = np.maximum(y[:, None] * products[0], 0), np.maximum(products[1:], 0)
    margin = scale * y * ((feature**2 + noise**2) * j).sum(axis=1)
    slope = -expit(-margin)
    pulls = 2.0 * scale / n * slope[:, None] * j
    at_signal, at_noise = (pulls * feature).sum(axis=0), pulls * y[:, None] * noise
    return {
        "slope_deviation": np.abs(slope + 0.5).max(),
        "gradient_norm": (at_signal**2).sum() + (at_noise * (gram[1:, 1:] @ at_noise)).sum(),
        "train_loss": np.logaddexp(0, -margin).mean(),
    }


def test_error(w: np.ndarray, fresh: np.ndarray, lane: Lane) -> float:
    """P(y f(x) <= 0) of weights (d, 2m), with the standard normals `fresh` (n, 2m) for the noise."""
    j = classes(w.shape[1])
    size, axes = np.linalg.eigh(w[1:].T @ w[1:])
    products = fresh @ (axes * np.sqrt(np.maximum(size, 0))).T * lane.settings["sigma_p"]
    noise = (np.maximum(products, 0) ** 2) @ j
    wrong = [y * (noise + (np.maximum(y * w[0], 0) ** 2) @ j) <= 0 for y in (-1.0, 1.0)]
    return float(np.mean(wrong))
