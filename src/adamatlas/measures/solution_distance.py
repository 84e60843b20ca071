"""How far is a convex run from the unique regularized solution? (zou2023 Thm 4.2)"""

import numpy as np
import xarray as xr
from scipy.sparse import csr_array
from scipy.special import expit

from adamatlas.measures.shared.lanes import require, weights
from adamatlas.measures.shared.quantities import dataset, empty
from adamatlas.measures.shared.test_draws import with_test_draws
from adamatlas.problems.linear.data import pairs

PROBLEMS = ("linear",)
SECONDS = (0.7, 0.001)
NEEDS = {"weights": (True,), "regularizer": ("none",)}
QUANTITIES = {
    "distance": (("snapshot",), "distance to the exact solution w* over its norm", "1"),
    "gradient_norm": (("snapshot",), "gradient norm of the regularized objective", "1"),
    "objective_gap": (("snapshot",), "regularized objective above its minimum", "1"),
    "train_error": (("snapshot",), "training error; a tie is an error", "1"),
    "test_error": (("snapshot",), "test error on n_test points; a tie is an error", "1"),
    "solution_norm": ((), "norm of the exact solution w*", "1"),
    "solution_test_error": ((), "test error of the exact solution w*", "1"),
    "solution": (("parameter",), "weights at the last snapshot", "1"),
}
COORDINATES = {"parameter": (None, "number of a weight")}
N_TEST = 10_000
ROUNDING = 1e-15
"""By how much rounding may raise an objective of at most log 2 in a Newton step."""


def measure(trace: xr.Dataset, data: xr.Dataset, spec: dict) -> xr.Dataset:
    """Distance to w* = argmin mean log(1 + exp(-y <w, x>)) + wd/2 |w|^2 (zou2023 Thm 4.2), by Newton.

    The distance between two optimizers follows from their `solution`. With weight_decay 0 there is no
    minimizer: NaN. Raises UserError for runs with a regularizer besides weight decay.
    """
    require(trace, NEEDS, "measure solution_distance: Theorem 4.2 of zou2023")
    n_test = int(spec.get("options", {}).get("n_test", N_TEST))
    weight = weights(trace)[:, :, 0, :]
    out = empty(__name__, trace, parameter=weight.shape[-1])
    for lanes, (sparse, y), test in with_test_draws(trace, data, n_test, design):
        x = sparse.toarray()
        decays = sorted({lane.optimizer["weight_decay"] for lane in lanes})
        optima = {decay: newton(x, y, decay) for decay in decays}
        missed = dict(zip(optima, errors(np.array(list(optima.values())), *test), strict=True))
        for lane in lanes:
            k, decay = lane.number, lane.optimizer["weight_decay"]
            optimum = optima[decay]
            out["solution_norm"][k] = np.linalg.norm(optimum)
            out["solution_test_error"][k] = missed[decay] if decay > 0 else np.nan
            best = objective(optimum, x, y, decay) if decay > 0 else np.nan
            snapshots = np.flatnonzero(np.isfinite(weight[k]).all(axis=1))
            for snapshot in snapshots:
                w = out["solution"][k] = weight[k, snapshot].astype(float)
                out["distance"][k, snapshot] = np.linalg.norm(w - optimum) / out["solution_norm"][k]
                out["gradient_norm"][k, snapshot] = np.linalg.norm(gradient(w, x, y, decay))
                out["objective_gap"][k, snapshot] = objective(w, x, y, decay) - best
            out["train_error"][k, snapshots] = errors(weight[k, snapshots], sparse, y)
            out["test_error"][k, snapshots] = errors(weight[k, snapshots], *test)
    return dataset(__name__, trace, out)


def design(draw: dict[str, np.ndarray], settings: dict) -> tuple[csr_array, np.ndarray]:
    """The inputs x (n, 2d), both patches side by side, and y (n,)."""
    index, value = pairs(draw, settings)
    ends = np.arange(len(index) + 1) * index.shape[1]
    x = csr_array((value.ravel(), index.ravel(), ends), shape=(len(index), 2 * settings["d"]))
    return x, draw["y"].astype(float)


def errors(w: np.ndarray, x: csr_array, y: np.ndarray) -> np.ndarray:
    """Shares (k,) of y <w, x> <= 0 for k weights w (k, p)."""
    return np.mean(y[:, None] * (x @ w.T.astype(float)) <= 0, axis=0)


def objective(w: np.ndarray, x: np.ndarray, y: np.ndarray, decay: float) -> float:
    """mean log(1 + exp(-y <w, x>)) + decay/2 |w|^2."""
    return float(np.logaddexp(0, -y * (x @ w)).mean() + decay / 2 * (w @ w))


def gradient(w: np.ndarray, x: np.ndarray, y: np.ndarray, decay: float) -> np.ndarray:
    """Gradient of `objective`."""
    return -x.T @ (y * expit(-y * (x @ w))) / len(y) + decay * w


def newton(x: np.ndarray, y: np.ndarray, decay: float, tolerance: float = 1e-13) -> np.ndarray:
    """The minimizer w = x^T c (p,) of `objective`, c (n,) by damped Newton; NaN for decay <= 0.

    The first-order condition is decay n c = y s with s = expit(-y K c), K = x x^T.
    """
    n = len(y)
    if decay <= 0:
        return np.full(x.shape[1], np.nan)
    gram = x @ x.T
    c = np.zeros(n)

    def dual(c: np.ndarray) -> float:
        score = gram @ c
        return float(np.logaddexp(0, -y * score).mean() + decay / 2 * (c @ score))

    for _ in range(200):
        s = expit(-y * (gram @ c))
        residual = decay * c - y * s / n
        move = np.linalg.solve(decay * np.eye(n) + (s * (1 - s) / n)[:, None] * gram, residual)
        if not np.isfinite(move).all() or np.abs(move).max() <= tolerance * max(np.abs(c).max(), 1e-30):
            break
        size, slope = 1.0, residual @ (gram @ move)
        value = dual(c) + ROUNDING
        while size > 1e-10 and dual(c - size * move) > value - 1e-4 * size * slope:
            size /= 2
        if size <= 1e-10:
            break
        c = c - size * move
    return x.T @ c
