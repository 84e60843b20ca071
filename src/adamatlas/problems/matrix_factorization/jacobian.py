"""The product of the factors and its derivatives, in numpy."""

from functools import reduce

import numpy as np


def factors(w: np.ndarray) -> np.ndarray:
    """W_1 ... W_L (L, d, d) of the weights w (L d, d)."""
    return w.reshape(-1, w.shape[1], w.shape[1])


def product(w: np.ndarray) -> np.ndarray:
    """W_1 W_2 ... W_L (d, d)."""
    return reduce(np.matmul, factors(w))


def jacobian(w: np.ndarray, measurement: np.ndarray) -> np.ndarray:
    """The gradients (n, L d, d) of f(A_i) = <A_i, W_1 ... W_L>; measurement (n, d, d)."""
    layers, unit = factors(w), np.eye(w.shape[1])
    parts = []
    for k in range(len(layers)):
        before, after = reduce(np.matmul, layers[:k], unit), reduce(np.matmul, layers[k + 1 :], unit)
        parts.append(before.T @ measurement @ after.T)
    return np.concatenate(parts, axis=1)


def hessian_diagonal(w: np.ndarray, measurement: np.ndarray) -> np.ndarray:
    """diag(H) = 2/n sum_i (grad f_i)^2 (L d, d) of the loss (f - b)^2 (li2025, App. B.1).

    It is exact, since f is linear in every single weight.
    """
    return 2.0 * (jacobian(w, measurement) ** 2).mean(0)
