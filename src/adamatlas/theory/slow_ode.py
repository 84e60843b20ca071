r"""The label-noise ODE of li2025, Eq. (3), on the manifold of minimizers, in the time T = lr^2 * steps.

    d theta / dT = -alpha/4 P_S S grad tr(S H)|_{S fixed},   S = Diag(1 / (max(v, floor)^p + eps))
    d v     / dT = c (alpha diag(H) - v),                    1 - beta2 = c lr^2

The paper prints alpha/2 without the projection; docs/li2025.md derives these.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.integrate import solve_ivp

from adamatlas.theory.manifolds import Manifold, hessian_diagonal, retract, tangent


@dataclass(frozen=True)
class Preconditioner:
    """S(v) of one optimizer; p = 0 is SGD."""

    p: float
    eps: float = 0.0
    floor: float = 0.0

    def __call__(self, v: np.ndarray) -> np.ndarray:
        """The diagonal (P,) of S."""
        if self.p == 0.0:
            return np.full_like(v, 1.0 / (1.0 + self.eps))
        return 1.0 / (np.maximum(v, self.floor) ** self.p + self.eps)


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

    Between two times the equations are integrated in all of R^P and then brought back to the manifold, from
    which they stray by no more than the tolerance. `speed` multiplies the drift of theta; 2 makes the paper's
    alpha/2 of it. Raises ArithmeticError where a point is not found.
    """
    size = theta.size
    theta = retract(on, theta, preconditioner(v))
    thetas, vs = [theta], [v]

    def slope(_: float, state: np.ndarray) -> np.ndarray:
        s = preconditioner(state[size:])
        drift = speed * velocity(on, state[:size], s, alpha)
        return np.concatenate([drift, c * (alpha * hessian_diagonal(on, state[:size]) - state[size:])])

    for begin, end in pairwise(times):
        start = np.concatenate([thetas[-1], vs[-1]])
        found = solve_ivp(slope, (begin, end), start, method="LSODA", rtol=rtol, atol=rtol * 1e-2)
        if not found.success:
            raise ArithmeticError(f"the label-noise ODE stops at T = {found.t[-1]:g}: {found.message}")
        vs.append(found.y[size:, -1])
        thetas.append(retract(on, found.y[:size, -1], preconditioner(vs[-1])))
    return np.array(thetas), np.array(vs)


def project(on: Manifold, theta: np.ndarray, s: np.ndarray) -> np.ndarray:
    """Phi_S(theta) (li2025, Def. 4.1): where the flow dx/dt = -S grad L from theta ends.

    The flow of the loss without noise is followed until the residuals have fallen to 1e-6 of what they were,
    and the rest of the way is a Gauss-Newton step.
    """

    def flow(_: float, x: np.ndarray) -> np.ndarray:
        return -s * (on.jacobian(x).T @ on.residual(x)) / len(on.residual(x))

    first = np.linalg.norm(on.residual(theta))
    if first < 1e-12:
        return theta

    def arrived(_: float, x: np.ndarray) -> float:
        return np.linalg.norm(on.residual(x)) - 1e-6 * first

    arrived.terminal = True
    found = solve_ivp(flow, (0.0, 1e9), theta, method="LSODA", rtol=1e-8, atol=1e-10, events=arrived)
    return retract(on, found.y[:, -1], s)


def stationarity(on: Manifold, theta: np.ndarray, s: np.ndarray) -> float:
    """Share of the implicit regularizer's gradient that lies along the manifold, in [0, 1] (Thms 5.1, 5.2).

    With S = diag(H)^-p the gradient of tr(Diag(H)^(1-p)) is 1 - p times that of tr(S H) with S held fixed. In
    the coordinates S^(-1/2) theta, where the optimizer is SGD, the share is |P S^(1/2) g| / |S^(1/2) g|; 0 is
    what the theorems say of the ODE's fixed points.
    """
    g = on.trace_gradient(theta, s)
    along = tangent(on, theta, s, s * g)
    return float(np.linalg.norm(along / np.sqrt(s)) / np.linalg.norm(np.sqrt(s) * g))
