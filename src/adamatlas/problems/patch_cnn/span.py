r"""Gradient descent on dense noise patches, in the span of its data.

A gradient of the patch network lies in span{v, xi_1 .. xi_n} (meng2023, Def. 5.2). Where nothing but such
gradients moves the weights, and v is orthogonal to the patches, they are carried by their products

    b_c = w_c[1],   p_ci = <w_c, xi_i>,   w_c = w_c(0) + (b_c - b_c(0)) v + sum_i [G^-1 (p_c - p_c(0))]_i xi_i

with the Gram matrix G of the patches. (b, p), (n + 1, 2m), are weights of the same network on the unit
vectors, whose gradients are carried back along G: a step costs O(n^2 m) for O(n d m), and noise that is
suppressed keeps its relative precision, which it loses as a sum over coordinates.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from adamatlas.optimizers.family import uses
from adamatlas.optimizers.state import State
from adamatlas.problems.patch_cnn.sample import Sample

KEYS = {"lr", "beta1", "bias_correction", "eps"}
"""What may play a part in the rule: gradient descent without decay."""
COORDINATES_PER_PATCH = 4
"""At least so many, d / n: then patches are far from parallel, and the span saves time."""


@dataclass
class SpanState(State):
    """Products (b, p), and what makes weights of them: w(0) (d, 2m), the (b, p) (n + 1, 2m) that they
    started from, and G^-1 xi (n, d)."""

    begin: np.ndarray
    origin: np.ndarray
    dual: np.ndarray

    def snapshot(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The network's weights and moments (d, 2m); gradient descent has no second moment."""
        return self.begin + self._carry(self.w - self.origin), self._carry(self.m), np.zeros_like(self.begin)

    def _carry(self, products: np.ndarray) -> np.ndarray:
        out = self.dual.T @ products[1:]
        out[0] += products[0]
        return out


def applies(sample: Sample, optimizer: dict[str, Any]) -> bool:
    """Whether a lane stays in the span: gradient descent without decay, dense orthogonal patches."""
    n, d = sample.dense.shape
    return uses(optimizer) <= KEYS and 0 < n * COORDINATES_PER_PATCH <= d and not sample.overlap.any()


def reduce(w: np.ndarray, sample: Sample, noise: np.ndarray) -> tuple[SpanState, Sample]:
    """The state of weights w (d, 2m), and the sample, in the span of the patches `noise` (n, d) float64."""
    gram = noise @ noise.T
    origin = np.vstack([w[:1], noise @ w.astype(np.float64)]).astype(w.dtype)
    start = State.start(origin.copy(), "coordinate", np.zeros(w.shape[1], np.int64))
    state = SpanState(
        **vars(start), begin=w, origin=origin, dual=np.linalg.solve(gram, noise).astype(w.dtype)
    )
    places = np.zeros((len(noise), 1))
    patches = np.hstack([places, np.eye(len(noise))]).astype(w.dtype)
    across = np.vstack([places.T, gram]).astype(w.dtype)
    return state, sample._replace(dense=patches, across=across)
