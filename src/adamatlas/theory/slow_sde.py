r"""The slow SDE of li2025 (Definitions 3.1 and 4.3) on the noisy ellipse, by its angle, for many paths.

    d zeta = P_{zeta,S}(C_par^(1/2) dW - 1/2 grad^3 L[C_across] dT),    d v = c (V(diag Sigma) - v) dT

in the coordinates S^(-1/2) theta, where an optimizer is SGD: with g = S^(1/2) grad q and M = S^(1/2) grad^2 q
S^(1/2) the Hessian is g g', the noise C = S^(1/2) Sigma S^(1/2), n = g / abs(g) points across and t along
the ellipse. Then C_par = C_tt t t'; X = C_across solves the Lyapunov equation g g' X + X g g' = C - C_par:
C_nn / (2 abs(g)^2) n n' + C_nt / abs(g)^2 (n t' + t n'); and half grad^3 L[X] has the part along t

    (C_nn M_nt / 2 + C_nt M_tt) / abs(g).

The Ito term of the projection, half grad^2 Phi[C_par], is the curvature of the ellipse, across it: the length
l along it follows dl = C_tt^(1/2) dW - that dT, and Ito's formula gives the angle's equation.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from adamatlas.theory.ellipse import Ellipse
from adamatlas.theory.slow_ode import Preconditioner


@dataclass(frozen=True)
class SlowSDE:
    """The equation for the gradient noise Sigma = alpha H + Diag(scales^2); c = 0 keeps v. Arrays of points
    and of S and v are (2, ...)."""

    on: Ellipse
    alpha: float
    scales: tuple[float, float]
    preconditioner: Preconditioner
    c: float = 0.0

    def coefficients(self, angle: np.ndarray, s: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Drift and variance of the angle (...) in a unit of T = lr^2 steps, for s = diag(S)."""
        at, along = self._point(angle), self._point(angle + math.pi / 2)
        outward, turned = (np.tensordot(self.on.form, x, 1) for x in (at, along))
        noise = self._plain(angle.ndim)
        length, slope = (along**2 / s).sum(0), (outward**2 * s).sum(0)
        both = np.sqrt(length * slope)
        tangent = (noise * along**2).sum(0) / length
        mixed = (s * noise * outward * along).sum(0) / both
        normal = (s * s * noise * outward**2).sum(0) / slope + self.alpha * slope
        turn, bend = (s * outward * turned).sum(0) / both, (along * turned).sum(0) / length
        drift = -(normal * turn / 2.0 + mixed * bend) / both
        ito = tangent / 2.0 * (at * along / s).sum(0) / length**2
        return drift + ito, tangent / length

    def squares(self, angle: np.ndarray) -> np.ndarray:
        """diag(Sigma) (2, ...) on the ellipse: what v tends to."""
        outward = np.tensordot(self.on.form, self._point(angle), 1)
        return self.alpha * outward**2 + self._plain(angle.ndim)

    def solve(
        self,
        angle: np.ndarray,
        v: np.ndarray,
        times: np.ndarray,
        steps: int,
        normals: Callable[[int], np.ndarray],
    ) -> Iterator[np.ndarray]:
        """The angles (...) at `times`, of paths from an angle (...) and v (2, ...) at times[0].

        By Euler and Maruyama's method, with `steps` steps between two times; `normals(k)`, (steps, ...), are
        those of the k-th interval.
        """
        yield angle
        for number, dt in enumerate(np.diff(times) / steps):
            for normal in normals(number):
                drift, variance = self.coefficients(angle, self.preconditioner(v))
                v = v - math.expm1(-self.c * dt) * (self.squares(angle) - v)
                angle = angle + drift * dt + np.sqrt(variance * dt) * normal
            yield angle

    def _point(self, angle: np.ndarray) -> np.ndarray:
        return np.array(self.on.point(angle))

    def _plain(self, dims: int) -> np.ndarray:
        """The diagonal of the noise that is the same everywhere (2, 1, ...)."""
        return np.square(self.scales).reshape(2, *[1] * dims)


def projected_angle(on: Ellipse, theta: np.ndarray, s: np.ndarray, most: int = 100) -> np.ndarray:
    """The angle (n,) of Phi_S(theta) (Def. 4.1), exactly, for points theta and diagonals s (n, 2).

    In the principal axes of M the flow multiplies y_i by exp(-mu_i tau), up to q = 1: a convex equation for
    tau that Newton's method solves from anywhere.
    """
    root = np.sqrt(s)
    mu, axes = np.linalg.eigh(root[:, :, None] * on.form * root[:, None, :])
    y = np.einsum("nij,ni->nj", axes, theta / root)
    tau = np.zeros(len(theta))
    for _ in range(most):
        parts = 0.5 * mu * y**2 * np.exp(-2.0 * mu * tau[:, None])
        q = parts.sum(1)
        if np.abs(q - 1.0).max(initial=0.0) < 1e-13:
            break
        tau = tau + np.log(q) * q / (2.0 * mu * parts).sum(1)
    return on.angle(root * np.einsum("nij,nj->ni", axes, y * np.exp(-mu * tau[:, None])))
