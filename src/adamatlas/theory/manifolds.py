"""The manifolds of minimizers of li2025: where every residual f(x_i) - y_i is 0.

With losses L_i = 1/2 (f_i - y_i - delta xi)^2 and J (n, P) the gradients of f_i, on the manifold

    H = 1/n J'J,   noise of a minibatch's gradient: Sigma = alpha H,  alpha = delta^2 / B.

The arrays are small and the calls many: products are written with `dot`, which starts faster than `@`.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np


class Manifold(Protocol):
    """Zero set of n residuals of P parameters."""

    def residual(self, theta: np.ndarray) -> np.ndarray:
        """f_i - y_i (n,) at theta (P,)."""

    def jacobian(self, theta: np.ndarray) -> np.ndarray:
        """The gradients (n, P) of the residuals."""

    def trace_gradient(self, theta: np.ndarray, s: np.ndarray) -> np.ndarray:
        """The gradient (P,) of tr(Diag(s) H) with s (P,) held fixed."""


@dataclass(frozen=True)
class DiagonalNet:
    """<x_i, u^2 - v^2> = y_i with x_i in {-1, 1}^d, theta = (u, v) (li2025, Section 5.2)."""

    x: np.ndarray
    y: np.ndarray

    @cached_property
    def signed(self) -> np.ndarray:
        """(x_i, -x_i) (n, 2d): f_i = <(x_i, -x_i), theta^2>."""
        return np.hstack([self.x, -self.x])

    def residual(self, theta: np.ndarray) -> np.ndarray:
        """f_i - y_i (n,)."""
        return self.signed.dot(theta * theta) - self.y

    def jacobian(self, theta: np.ndarray) -> np.ndarray:
        """(2 x_i u, -2 x_i v) (n, 2d)."""
        return self.signed * (2.0 * theta)

    def trace_gradient(self, theta: np.ndarray, s: np.ndarray) -> np.ndarray:
        """tr(S H) = 4 sum_k s_k theta_k^2."""
        return 8.0 * s * theta


def hessian_diagonal(on: Manifold, theta: np.ndarray) -> np.ndarray:
    """diag(H) (P,) at interpolation: 1/n sum_i J_ik^2."""
    return (on.jacobian(theta) ** 2).mean(0)


def noise_ratio(delta: float, batch_size: int) -> float:
    """alpha of Sigma = alpha H."""
    return delta**2 / batch_size


def tangent(on: Manifold, theta: np.ndarray, s: np.ndarray, b: np.ndarray) -> np.ndarray:
    """P_S b with P_S = I - S J'(J S J')^-1 J: b without what leaves the manifold, in the metric of S^-1."""
    jacobian = on.jacobian(theta)
    return b - _normal(jacobian, s, jacobian.dot(b))


def retract(
    on: Manifold, theta: np.ndarray, s: np.ndarray, tolerance: float = 1e-12, most: int = 50
) -> np.ndarray:
    """The manifold's point near theta, by Gauss-Newton steps -S J'(J S J')^-1 r.

    Raises ArithmeticError where they do not get there.
    """
    for _ in range(most):
        residual = on.residual(theta)
        if np.abs(residual).max() <= tolerance * max(1.0, np.abs(theta).max()):
            return theta
        theta = theta - _normal(on.jacobian(theta), s, residual)
    raise ArithmeticError(f"no point of the manifold found: residual {np.abs(on.residual(theta)).max():g}")


def _normal(jacobian: np.ndarray, s: np.ndarray, change: np.ndarray) -> np.ndarray:
    """S J'(J S J')^-1 c: the step (P,) that changes the residuals by c (n,)."""
    scaled = jacobian * s
    return scaled.T.dot(np.linalg.solve(scaled.dot(jacobian.T), change))
