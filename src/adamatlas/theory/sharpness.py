"""tr(Diag(H)^e) of the loss without label noise, and diag(H): at interpolation, and exactly anywhere."""

from typing import Any

import numpy as np

from adamatlas.errors import UserError

LARGEST = 400
"""Parameters up to which the exact Hessian is computed."""


def of_diagonal_net(w: np.ndarray) -> np.ndarray:
    """diag(H) = 4 theta^2 for theta = (u, v), since x^2 = 1 (li2025, Sec. 5.2)."""
    return 4.0 * w**2


def exact_diagonals(model: Any, w: np.ndarray) -> np.ndarray:
    """diag(H) of the mean loss at each of several weights w (k, ...), in their shape.

    By double backward in float64, coordinate by coordinate for all k at once, since the k losses share no
    weights. `model` is a problem's reference Model. UserError above LARGEST parameters.
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
