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
from adamatlas.problems.matrix_factorization.curvature import add_hessian_along
from adamatlas.problems.matrix_factorization.matrices import copy, transpose
from adamatlas.problems.matrix_factorization.vectors import inner, multiply, multiply_transposed
from adamatlas.problems.order import shuffle
from adamatlas.regularizers.penalty import FULL, PER_EXAMPLE, active
from adamatlas.vectors import add_row


class Work(NamedTuple):
    """Space of a step in the dtype of the weights.

    prefix (L, d, d): W_1 ... W_l; product (d, d): G. `_along` (curvature.py): their differentials along the
    direction `way` (L d, d). transposed, term (d, d), spare, spare_along (2, d, d): for a moment.
    """

    prefix: np.ndarray
    prefix_along: np.ndarray
    product: np.ndarray
    product_along: np.ndarray
    way: np.ndarray
    transposed: np.ndarray
    term: np.ndarray
    spare: np.ndarray
    spare_along: np.ndarray


def workspace(depth: int, d: int, dtype: str | np.dtype) -> Work:
    """The Work of `depth` factors (d, d)."""
    one, two, all_of_them = (d, d), (2, d, d), (depth, d, d)
    shapes = (all_of_them, all_of_them, one, one, (depth * d, d), one, one, two, two)
    return Work(*(np.zeros(shape, dtype) for shape in shapes))


@compiled
def products(w, prefix):
    """prefix[l] (d, d) = W_1 ... W_(l+1); w (L d, d), prefix (L, d, d)."""
    d = w.shape[1]
    copy(prefix[0], w[:d])
    for layer in range(1, prefix.shape[0]):
        multiply(prefix[layer], prefix[layer - 1], w[layer * d : (layer + 1) * d])


@compiled
def gradient(w, g, batch, measurement, target, kind, weight, work):
    """Write the gradient of mean_b L_i + weight R over i in `batch` to g; False if an output is not finite.

    measurement (n, d d) in the dtype of w; target[b] is the noisy label of batch[b]; kind: which R
    (regularizers.penalty); work: `workspace`.
    """
    prefix, product = work.prefix, work.product
    products(w, prefix)
    finite = product_gradient(batch, measurement, target, prefix, product)
    factor_gradients(w, g, prefix, product, work.spare, work.transposed)
    if kind == FULL:
        copy(work.way, g)
        add_hessian_along(w, g, batch, measurement, 2.0 * weight, work)
    elif kind == PER_EXAMPLE:
        for b in range(batch.size):
            one = batch[b : b + 1]
            product_gradient(one, measurement, target[b : b + 1], prefix, product)
            factor_gradients(w, work.way, prefix, product, work.spare, work.transposed)
            add_hessian_along(w, g, one, measurement, 2.0 * weight / batch.size, work)
    return finite


@compiled
def product_gradient(batch, measurement, target, prefix, product):
    """Write G, the gradient in the product of the factors, to `product` (d, d); False if not finite."""
    whole, flat = prefix[len(prefix) - 1].ravel(), product.ravel()
    finite = True
    flat[:] = 0
    for b in range(batch.size):
        a = measurement[batch[b]]
        residual = inner(a, whole) - target[b]
        finite &= math.isfinite(residual)
        add_row(flat, flat.dtype.type(2.0 * residual / batch.size), a)
    return finite


@compiled
def factor_gradients(w, g, prefix, product, spare, transposed):
    """Write dL/dW_l to g (L d, d) from G in `product`, which is kept.

    spare (2, d, d) and transposed (d, d) are space.
    """
    d, pull = w.shape[1], product
    for layer in range(len(prefix) - 1, 0, -1):
        own, out = slice(layer * d, (layer + 1) * d), spare[layer % 2]
        multiply_transposed(g[own], prefix[layer - 1], pull)
        transpose(transposed, w[own])
        multiply(out, pull, transposed)
        pull = out
    copy(g[:d], pull)


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
        if not gradient(w, g, batch, measurement, target, active(penalty, step), penalty.weight, work):
            return step
        for part in range(parts):
            own = slice(part * rows, (part + 1) * rows)
            second = v if parts == 1 else v[part : part + 1]
            update(w[own], m[own], second, g[own], columns, rule, step + 1)
    return stop
