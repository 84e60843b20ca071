"""tr(Diag(H)^e) of the loss without label noise: in closed form at interpolation, and exactly anywhere."""

from __future__ import annotations

from typing import Any

import numpy as np

from adamatlas.errors import UserError
from adamatlas.problems.matrix_factorization.jacobian import hessian_diagonal, product
from adamatlas.theory.ellipse import Ellipse
from adamatlas.theory.manifolds import hessian_diagonal as at_interpolation

LARGEST = 400
"""Parameters up to which the exact Hessian is computed."""


def diagonal(
    problem: str, settings: dict[str, Any], draw: dict[str, np.ndarray], w: np.ndarray
) -> np.ndarray:
    """diag(H) of weights w at interpolation, in their shape. UserError for other problems."""
    w = np.asarray(w, dtype=np.float64)
    if problem == "noisy_ellipse":
        return at_interpolation(Ellipse(settings["a"], settings["b"]), w.ravel()).reshape(w.shape)
    if problem == "diagonal_net":
        return of_diagonal_net(w)
    if problem == "matrix_factorization":
        return hessian_diagonal(w, draw["measurement"])
    raise UserError(f"the sharpness of {problem} has no closed form here")


def of_diagonal_net(w: np.ndarray) -> np.ndarray:
    """diag(H) = 4 theta^2 for theta = (u, v), since x^2 = 1 (li2025, Sec. 5.2)."""
    return 4.0 * w**2


def exact_diagonals(model: Any, w: np.ndarray) -> np.ndarray:
    """diag(H) of the mean loss at each of several weights w (k, ...), in their shape.

    By double backward in float64, coordinate by coordinate for all k at once: no loss feels the weights of
    another. `model` is a problem's reference Model. UserError above LARGEST parameters.
    """
    import torch

    size = w[0].size
    if size > LARGEST:
        raise UserError(f"{size} parameters: the exact Hessian is computed up to {LARGEST}")
    at = torch.tensor(np.asarray(w, dtype=np.float64), requires_grad=True)
    loss = torch.vmap(lambda x: model.losses(x).mean())(at).sum()
    (slopes,) = torch.autograd.grad(loss, at, create_graph=True)
    out = np.empty((len(w), size))
    for k, slope in enumerate(slopes.reshape(len(w), size).sum(dim=0)):
        (row,) = torch.autograd.grad(slope, at, retain_graph=True)
        out[:, k] = row.reshape(len(w), size)[:, k]
    return out.reshape(w.shape)


def trace_power(diagonal: np.ndarray, exponent: float, axis: int | None = None) -> np.ndarray:
    """tr(Diag(H)^e) = sum_k H_kk^e over all entries or one axis; NaN with a negative one unless e = 1."""
    if exponent == 1.0:
        return diagonal.sum(axis)
    with np.errstate(invalid="ignore"):
        return (diagonal**exponent).sum(axis)


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
