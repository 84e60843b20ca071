r"""Compiled passes of deep matrix factorization (li2025, Appendix B.1).

    f(A) = <A, W_1 W_2 ... W_L>,   L_i = (f(A_i) - b_i - delta xi)^2
    dL/dW_l = (W_1 ... W_(l-1))' G (W_(l+1) ... W_L)',   G = 2/B sum_b (f - b - delta xi)_b A_b

The gradient of |grad L|^2 is 2 Hess L grad L (curvature.py).

The factors (d, d) lie below each other in the weights (L d, d); column j of a factor belongs to its neuron j.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from adamatlas.compiled import compiled, unlocked
from adamatlas.optimizers.rule import update
from adamatlas.problems.label_noise import refill, window
from adamatlas.problems.matrix_factorization.curvature import add_curvature
from adamatlas.problems.matrix_factorization.matrices import copy, transpose
from adamatlas.problems.matrix_factorization.vectors import inner, multiply, multiply_transposed
from adamatlas.problems.order import shuffle
from adamatlas.regularizers.penalty import FULL, NONE, PER_EXAMPLE
from adamatlas.vectors import add_row


class Work(NamedTuple):
    """Space of a step in the dtype of the weights: way (L d, d), prefix and bent (L, d, d), space (6, d, d).

    way and bent serve the regularizers.
    """

    way: np.ndarray
    prefix: np.ndarray
    bent: np.ndarray
    space: np.ndarray


def workspace(depth: int, d: int, dtype: str | np.dtype) -> Work:
    """The Work of `depth` factors (d, d)."""
    prefix, bent = np.zeros((2, depth, d, d), dtype)
    return Work(np.zeros((depth * d, d), dtype), prefix, bent, np.zeros((6, d, d), dtype))


@compiled
def products(w, prefix):
    """prefix[l] (d, d) = W_1 ... W_(l+1); w (L d, d), prefix (L, d, d)."""
    d = w.shape[1]
    copy(w[:d], prefix[0])
    for layer in range(1, prefix.shape[0]):
        multiply(prefix[layer], prefix[layer - 1], w[layer * d : (layer + 1) * d])


@compiled
def gradient(w, g, batch, measurement, target, kind, weight, work):
    """Write the gradient of mean_b L_i + weight R over i in `batch` to g; False if an output is not finite.

    measurement (n, d d) in the dtype of w; target[b] is the noisy label of batch[b]; kind: which R
    (regularizers.penalty); work: `workspace`.
    """
    products(w, work.prefix)
    finite = pull_product(batch, measurement, target, work)
    pull_back(w, g, work)
    if kind == FULL:
        copy(g, work.way)
        add_curvature(w, g, batch, measurement, 2.0 * weight, work)
    elif kind == PER_EXAMPLE:
        for b in range(batch.size):
            one = batch[b : b + 1]
            pull_product(one, measurement, target[b : b + 1], work)
            pull_back(w, work.way, work)
            add_curvature(w, g, one, measurement, 2.0 * weight / batch.size, work)
    return finite


@compiled
def pull_product(batch, measurement, target, work):
    """Write G, the gradient in the product of the factors, to space[0]; False if an output is not finite."""
    whole, flat = work.prefix[len(work.prefix) - 1].ravel(), work.space[0].ravel()
    finite = True
    flat[:] = 0
    for b in range(batch.size):
        a = measurement[batch[b]]
        residual = inner(a, whole) - target[b]
        finite &= math.isfinite(residual)
        add_row(flat, flat.dtype.type(2.0 * residual / batch.size), a)
    return finite


@compiled
def pull_back(w, g, work):
    """Write dL/dW_l to g (L d, d) from G in space[0]."""
    d, prefix = w.shape[1], work.prefix
    pull, spare, next_spare, transposed = work.space[0], work.space[1], work.space[2], work.space[3]
    for layer in range(len(prefix) - 1, 0, -1):
        own = slice(layer * d, (layer + 1) * d)
        multiply_transposed(g[own], prefix[layer - 1], pull)
        transpose(w[own], transposed)
        multiply(spare, pull, transposed)
        pull, spare, next_spare = spare, next_spare, spare
    copy(pull, g[:d])


@unlocked
def advance(w, m, v, g, columns, measurement, y, noise, rule, penalty, seed, work, batch_size, start, stop):
    """Train from step `start` to `stop`; returns the step reached, `stop` unless an output diverged.

    w, m, g (L d, d) and v are updated in place; noise is (kind, delta). The result does not depend on how a
    run is cut into calls.
    """
    kind, delta = noise
    n = y.size
    per_epoch = n // batch_size
    order, scratch = np.arange(n), np.empty(n, np.uint64)
    target, xi = np.empty(batch_size), window(batch_size)
    parts = v.shape[0] if not rule.coordinate else 1
    rows = w.shape[0] // parts
    for step in range(start, stop):
        place = step % per_epoch
        if batch_size < n and (place == 0 or step == start):
            shuffle(seed, step, per_epoch, order, scratch)
        batch = order[place * batch_size : (place + 1) * batch_size]
        first = refill(seed, kind, step, start, batch_size, xi)
        for b in range(batch_size):
            target[b] = y[batch[b]] + delta * xi[first + b]
        active = penalty.kind if step < penalty.off_step else NONE
        if not gradient(w, g, batch, measurement, target, active, penalty.weight, work):
            return step
        for part in range(parts):
            own = slice(part * rows, (part + 1) * rows)
            second = v if parts == 1 else v[part : part + 1]
            update(w[own], m[own], second, g[own], columns, rule, step + 1)
    return stop
