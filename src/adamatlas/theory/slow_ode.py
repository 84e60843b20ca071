r"""The label-noise ODE of li2025, Eq. (3), on the manifold of minimizers, in the time T = lr^2 * steps.

    d theta / dT = -alpha/4 P_S S grad tr(S H)|_{S fixed},   S = Diag(1 / (max(v, floor)^p + eps))
    d v     / dT = c (alpha V(diag H) - v),                  1 - beta2 = c lr^2

V is the mean over the block of coordinates that share a second moment (Table 1). The paper prints alpha/2
without the projection; docs/li2025.md derives these.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy

from adamatlas.theory.manifolds import Manifold, hessian_diagonal, retract, tangent
from adamatlas.theory.sharpness import trace_power

ROUNDING = 4 * np.finfo(float).eps


@dataclass(frozen=True)
class Preconditioner:
    """S(v) and V of one optimizer; p = 0 is SGD."""

    p: float
    eps: float = 0.0
    floor: float = 0.0
    blocks: np.ndarray | None = None
    """The number (P,) of the block whose second moment a weight has; None where each has its own."""

    def __call__(self, v: np.ndarray) -> np.ndarray:
        """The diagonal (P,) of S."""
        if self.p == 0.0:
            return np.full_like(v, 1.0 / (1.0 + self.eps))
        return 1.0 / (np.maximum(v, self.floor) ** self.p + self.eps)

    def averaged(self, squares: np.ndarray) -> np.ndarray:
        """V (P,): the mean of each weight's block."""
        if self.blocks is None:
            return squares
        return (np.bincount(self.blocks, squares) / np.bincount(self.blocks))[self.blocks]

    def regularizer(self, h: np.ndarray) -> float:
        """What the ODE lowers: tr(V(H)^(1-p)) = sum_b |b|^p tr(H_bb)^(1-p) over blocks b, for h = diag(H).

        With coordinates of their own this is tr(Diag(H)^(1-p)) (Thms 5.1, 5.2).
        """
        return float(trace_power(self.averaged(h), 1.0 - self.p))


def velocity(on: Manifold, theta: np.ndarray, s: np.ndarray, alpha: float) -> np.ndarray:
    """d theta / dT (P,) of the ODE, for s = diag(S)."""
    return -alpha / 4.0 * tangent(on, theta, s, s * on.trace_gradient(theta, s))


def solve(
    on: Manifold,
    theta: np.ndarray,
    v: np.ndarray,
    times: Sequence[float],
    *,
    alpha: float,
    c: float,
    preconditioner: Preconditioner,
    speed: float = 1.0,
    rtol: float = 1e-8,
) -> tuple[np.ndarray, np.ndarray]:
    """theta (times, P) and v (times, P) of the ODE from a point of the manifold at times[0].

    The equations are integrated in all of R^P, where they keep the residuals, and each point is then brought
    back to the manifold, from which it strays by no more than the tolerance. With c = 0 v stays what it is.
    `speed` multiplies the drift of theta; 2 gives the paper's alpha/2. Raises ArithmeticError where a
    point is not found.
    """
    size = theta.size
    theta = retract(on, theta, preconditioner(v))

    def slope(_: float, state: np.ndarray) -> np.ndarray:
        moment = state[size:] if c else v
        drift = speed * velocity(on, state[:size], preconditioner(moment), alpha)
        if not c:
            return drift
        squares = alpha * preconditioner.averaged(hessian_diagonal(on, state[:size]))
        return np.concatenate([drift, c * (squares - moment)])

    if len(times) == 1:
        return theta[None], v[None]
    start = np.concatenate([theta, v]) if c else theta
    ends = (times[0], times[-1])
    found = scipy.integrate.solve_ivp(
        slope, ends, start, method="LSODA", t_eval=times, rtol=rtol, atol=rtol * 1e-2
    )
    if not found.success:
        raise ArithmeticError(f"the label-noise ODE stops at T = {found.t[-1]:g}: {found.message}")
    vs = found.y[size:].T if c else np.tile(v, (len(times), 1))
    thetas = [retract(on, x, preconditioner(moment)) for x, moment in zip(found.y[:size].T, vs, strict=True)]
    return np.array(thetas), vs


def project(on: Manifold, theta: np.ndarray, s: np.ndarray) -> np.ndarray:
    """Phi_S(theta) (li2025, Def. 4.1): where the flow dx/dt = -S grad L from theta ends.

    The flow of the loss without noise is followed until the residuals have fallen to 1e-4 of what they were,
    and the rest of the way is a Gauss-Newton step, which is the flow's up to the square of that.
    """
    pace = -s / len(on.residual(theta))

    def flow(_: float, x: np.ndarray) -> np.ndarray:
        return pace * on.residual(x).dot(on.jacobian(x))

    def inner(_: float, x: np.ndarray) -> np.ndarray:
        jacobian = on.jacobian(x)
        return (jacobian * pace).T @ jacobian

    first = np.linalg.norm(on.residual(theta))
    if first < 1e-12:
        return theta

    def left(x: np.ndarray) -> float:
        residual = on.residual(x)
        return math.sqrt(residual.dot(residual)) - 1e-4 * first

    solver = scipy.integrate.LSODA(flow, 0.0, theta, 1e9, jac=inner, rtol=1e-8, atol=1e-10)
    while solver.status == "running" and not left(solver.y) <= 0.0:
        solver.step()
    if not left(solver.y) <= 0.0:
        return retract(on, solver.y, s)
    path = solver.dense_output()
    end = scipy.optimize.brentq(lambda t: left(path(t)), solver.t_old, solver.t, xtol=ROUNDING, rtol=ROUNDING)
    return retract(on, path(end), s)


def stationarity(on: Manifold, theta: np.ndarray, s: np.ndarray) -> float:
    """Share of the implicit regularizer's gradient that lies along the manifold, in [0, 1] (Thms 5.1, 5.2).

    With S = V(H)^-p the gradient of tr(V(H)^(1-p)) is 1 - p times that of tr(S H) with S held fixed. In
    the coordinates S^(-1/2) theta, where the optimizer is SGD, the share is |P S^(1/2) g| / |S^(1/2) g|; 0 is
    what the theorems say of the ODE's fixed points.
    """
    g = on.trace_gradient(theta, s)
    along = tangent(on, theta, s, s * g)
    return float(np.linalg.norm(along / np.sqrt(s)) / np.linalg.norm(np.sqrt(s) * g))


def loss_floor(on: Manifold, theta: np.ndarray, s: np.ndarray, lr: float, alpha: float) -> float:
    """E L - L* = lr alpha/4 tr(S H) of an optimizer near the manifold, whatever its momentum, for small lr.

    Across the manifold the weights have the covariance lr alpha/2 S^(1/2) N S^(1/2), N the projection onto
    the normal space in the coordinates S^(-1/2) theta; half its product with H is the loss.
    """
    return float(lr * alpha / 4.0 * (s * hessian_diagonal(on, theta)).sum())
