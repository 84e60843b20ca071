"""The noisy ellipse of li2025 (Sec. 3): q(x, y) = (x + y)^2 / 2a^2 + (x - y)^2 / 2b^2 = 1, by the angle t of

    (x, y) = (a cos t + b sin t, a cos t - b sin t) / sqrt 2.

At interpolation diag(H) = (grad q)^2, which has tr(H) = 4 (cos^2 t / a^2 + sin^2 t / b^2) on the ellipse and
tr(Diag(H)^(1/2)) = 8^(1/2) max(abs(cos t) / a, abs(sin t) / b).
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np


@dataclass(frozen=True)
class Ellipse:
    """The half axes along x = y and along x = -y; a `manifolds.Manifold` too."""

    a: float = 2.0
    b: float = 1.0

    @cached_property
    def form(self) -> np.ndarray:
        """The Hessian (2, 2) of q."""
        plus, minus = 1 / self.a**2 + 1 / self.b**2, 1 / self.a**2 - 1 / self.b**2
        return np.array([[plus, minus], [minus, plus]])

    def residual(self, theta: np.ndarray) -> np.ndarray:
        """q - 1 (1,)."""
        return np.array([(0.5 * theta).dot(self.form).dot(theta) - 1.0])

    def jacobian(self, theta: np.ndarray) -> np.ndarray:
        """grad q (1, 2)."""
        return self.form.dot(theta)[None]

    def trace_gradient(self, theta: np.ndarray, s: np.ndarray) -> np.ndarray:
        """The gradient of tr(S H) = sum_k s_k (dq/dtheta_k)^2 with s held fixed."""
        return (2.0 * self.form).dot(s * self.form.dot(theta))

    def point(self, angle: np.ndarray, excess: np.ndarray | float = 0.0) -> tuple[np.ndarray, np.ndarray]:
        """(x, y) at an angle, moved outwards to q = 1 + excess."""
        scale = np.sqrt(1.0 + excess) / np.sqrt(2)
        along, across = scale * self.a * np.cos(angle), scale * self.b * np.sin(angle)
        return along + across, along - across

    def angle(self, w: np.ndarray) -> np.ndarray:
        """The angle of points (..., 2)."""
        return np.arctan2((w[..., 0] - w[..., 1]) / self.b, (w[..., 0] + w[..., 1]) / self.a)

    def coordinate_ratio(self, angle: np.ndarray) -> np.ndarray:
        """min(abs(x), abs(y)) / max(abs(x), abs(y)) at an angle: 1 at the tips, 0 on an axis."""
        along, across = self.a * np.cos(angle), self.b * np.sin(angle)
        x, y = np.abs(along + across), np.abs(along - across)
        return np.minimum(x, y) / np.maximum(x, y)

    def smallest(self, exponent: float) -> float:
        """The smallest tr(Diag(H)^e) on the ellipse, over 10^5 angles: 4 / a^2 for e = 1 and a > b."""
        x, y = self.point(np.linspace(0.0, np.pi, 100_001))
        return float((np.abs(self.form @ np.array([x, y])) ** (2.0 * exponent)).sum(axis=0).min())

    @property
    def kink(self) -> float:
        """The coordinate ratio where tr(Diag(H)^(1/2)) is smallest, which is a kink of it."""
        return abs(self.a**2 - self.b**2) / (self.a**2 + self.b**2)
