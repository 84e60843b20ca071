"""Sharpness along a run: tr(Diag(H)^e), and the quasi-norms that it stands for."""

from typing import Any

import numpy as np
import xarray as xr

from adamatlas.contracts import Draw
from adamatlas.measures.shared.lanes import lanes_with_weights
from adamatlas.measures.shared.quantities import dataset, empty
from adamatlas.problems.diagonal_net import reference as diagonal_net
from adamatlas.problems.matrix_factorization import reference as matrix_factorization
from adamatlas.problems.matrix_factorization.jacobian import hessian_diagonal, product
from adamatlas.problems.noisy_ellipse import reference as noisy_ellipse
from adamatlas.store import read_spec
from adamatlas.theory.ellipse import Ellipse
from adamatlas.theory.manifolds import hessian_diagonal as at_interpolation
from adamatlas.theory.sharpness import LARGEST, exact_diagonals, of_diagonal_net, trace_power

PROBLEMS = ("diagonal_net", "matrix_factorization", "noisy_ellipse")
SECONDS = (1.8, 0.00015)
NEEDS = {"weights": (True,)}
QUANTITIES = {
    "trace_power": (("snapshot", "exponent"), "tr(Diag(H)^e) in closed form, as at interpolation", "1"),
    "trace_power_exact": (("snapshot", "exponent"), "tr(Diag(H)^e) of the exact Hessian", "1"),
    "quasi_norm": (("snapshot", "exponent"), "sum |w|^e of what the network computes", "1"),
    "angle": (("snapshot",), "angle on the ellipse", "1", ("noisy_ellipse",)),
    "excess": (("snapshot",), "q - 1", "1", ("noisy_ellipse",)),
    "test_loss": (("snapshot",), "exact test loss", "1", ("diagonal_net", "matrix_factorization")),
    "train_loss": (("snapshot",), "training loss", "1", ("diagonal_net", "matrix_factorization")),
    "support": (("snapshot",), "share of the support of w* that is found", "1", ("diagonal_net",)),
}
COORDINATES = {"exponent": ((0.1, 0.25, 0.5, 0.75, 1.0), "exponent e; 1 is SGD's tr(H), 1/2 Adam's")}
MODELS = {
    "diagonal_net": diagonal_net, "matrix_factorization": matrix_factorization,
    "noisy_ellipse": noisy_ellipse,
}  # fmt: skip


def measure(trace: xr.Dataset, data: xr.Dataset, spec: dict) -> xr.Dataset:
    """tr(Diag(H)^e) of the loss without label noise (li2025 Thms 5.1, 5.2); the quasi-norms of Lemma 5.1.

    H in closed form, as at interpolation, and exactly by autograd, NaN in networks of more than 400 weights.
    Histories that the engine recorded are passed on.
    """
    out = empty(__name__, trace)
    out |= {name: trace[name].values for name in out if name in trace}
    exponents, problem = COORDINATES["exponent"][0], read_spec(trace)["problem"]
    for lane, draw, w, snapshots in lanes_with_weights(trace, data):
        model = MODELS[problem].Model(lane.settings, draw, lane.seed)
        for snapshot in snapshots:
            closed = diagonal(problem, lane.settings, draw, w[snapshot])
            index = (lane.number, snapshot)
            out["trace_power"][index] = [trace_power(closed, e) for e in exponents]
            out["quasi_norm"][index] = [quasi_norm(problem, w[snapshot], e) for e in exponents]
        if snapshots.size and w[0].size <= LARGEST:
            for snapshot, exact in zip(snapshots, exact_diagonals(model, w[snapshots]), strict=True):
                out["trace_power_exact"][lane.number, snapshot] = [trace_power(exact, e) for e in exponents]
    return dataset(__name__, trace, out)


def diagonal(problem: str, settings: dict[str, Any], draw: Draw, w: np.ndarray) -> np.ndarray:
    """diag(H) of weights w at interpolation, in their shape."""
    w = np.asarray(w, dtype=np.float64)
    if problem == "noisy_ellipse":
        return at_interpolation(Ellipse(settings["a"], settings["b"]), w.ravel()).reshape(w.shape)
    if problem == "diagonal_net":
        return of_diagonal_net(w)
    return hessian_diagonal(w, draw["measurement"])


def quasi_norm(problem: str, w: np.ndarray, exponent: float) -> float:
    """sum |w_k|^e of what the network computes: u^2 - v^2, the singular values of the product, or (x, y).

    For a diagonal net with u_k v_k = 0 this is tr(Diag(H)^e) / 4^e (li2025, Lemma 5.1).
    """
    w = np.asarray(w, dtype=np.float64)
    if problem == "diagonal_net":
        learned = w[0] ** 2 - w[1] ** 2
    elif problem == "matrix_factorization":
        learned = np.linalg.svd(product(w), compute_uv=False)
    else:
        learned = w
    return float((np.abs(learned) ** exponent).sum())
