r"""Compiled passes of deep matrix factorization (li2025, Appendix B.1).

    f(A) = <A, W_1 W_2 ... W_L>,   L_i = (f(A_i) - b_i - delta xi)^2
    dL/dW_l = (W_1 ... W_(l-1))' G (W_(l+1) ... W_L)',   G = 2/B sum_b (f - b - delta xi)_b A_b

The gradient of |grad L|^2 is 2 Hess L grad L. Along a direction U, dL/dW_l changes by the product rule, with
dW_l = U_l and dG = 2/B sum_b <A_b, d(W_1 ... W_L)> A_b.

The factors (d, d) lie below each other in the weights (L d, d); column j of a factor belongs to its neuron j.
"""

import math
from typing import NamedTuple

import numpy as np

from adamatlas.compiled import compiled, unlocked
from adamatlas.optimizers.rule import update
from adamatlas.problems.label_noise import relabel, window
from adamatlas.problems.order import epoch, reshuffle
from adamatlas.regularizers.penalty import FULL, NONE, PER_EXAMPLE, active
from adamatlas.vectors import add, add_row, copy, inner, multiply, multiply_transposed, transpose


class Along(NamedTuple):
    """Space for `add_hessian_along`: the `direction` U (L d, d), and differentials along it.

    prefix (L, d, d), product (d, d): those of W_1 ... W_l and G; spare (2, d, d), term (d, d): scratch.
    """

    direction: np.ndarray
    prefix: np.ndarray
    product: np.ndarray
    spare: np.ndarray
    term: np.ndarray


def workspace(depth: int, d: int, dtype: str | np.dtype) -> Along:
    """The Along of `depth` factors (d, d)."""
    shapes = ((depth * d, d), (depth, d, d), (d, d), (2, d, d), (d, d))
    return Along(*(np.zeros(shape, dtype) for shape in shapes))


@compiled
def products(w, prefix):
    """prefix[l] (d, d) = W_1 ... W_(l+1); w (L d, d), prefix (L, d, d)."""
    d = w.shape[1]
    copy(prefix[0], w[:d])
    for layer in range(1, prefix.shape[0]):
        multiply(prefix[layer], prefix[layer - 1], w[layer * d : (layer + 1) * d])


@compiled
def gradient(w, g, batch, measurement, target, prefix, space):
    """Write the gradient of the mean of L_i over i in `batch` to g; False if an output is not finite.

    measurement (n, d d) in the dtype of w; target[b] is the noisy label of batch[b]. Leaves W_1 ... W_l in
    prefix (L, d, d) and G in space[0] (d, d); space[1:4] is work space.
    """
    d, depth = w.shape[1], prefix.shape[0]
    finite = True
    products(w, prefix)
    whole, pull, transposed = prefix[depth - 1].ravel(), space[0], space[1]
    flat = pull.ravel()
    flat[:] = 0
    for b in range(batch.size):
        a = measurement[batch[b]]
        residual = inner(a, whole) - target[b]
        finite &= math.isfinite(residual)
        add_row(flat, flat.dtype.type(2.0 * residual / batch.size), a)
    for layer in range(depth - 1, 0, -1):
        own, out = slice(layer * d, (layer + 1) * d), space[2 + layer % 2]
        multiply_transposed(g[own], prefix[layer - 1], pull)
        transpose(transposed, w[own])
        multiply(out, pull, transposed)
        pull = out
    copy(g[:d], pull)
    return finite


@compiled
def add_penalty_gradient(w, g, batch, measurement, target, kind, weight, prefix, space, along):
    """Add the gradient of weight R to g; g, prefix and space are as `gradient` has left them.

    kind: which R (regularizers.penalty); along: `workspace`.
    """
    if kind == FULL:
        copy(along.direction, g)
        add_hessian_along(w, g, batch, measurement, 2.0 * weight, prefix, space, along)
    elif kind == PER_EXAMPLE:
        for b in range(batch.size):
            one = batch[b : b + 1]
            gradient(w, along.direction, one, measurement, target[b : b + 1], prefix, space)
            add_hessian_along(w, g, one, measurement, 2.0 * weight / batch.size, prefix, space, along)


@compiled
def add_hessian_along(w, g, batch, measurement, share, prefix, space, along):
    """Add share * Hess L U to g: L is the mean over `batch`; prefix and space as `gradient` has left them."""
    d, term, transposed = w.shape[1], along.term, space[1]
    pull, pull_along = space[0], along.product
    products_along(w, prefix, along)
    product_gradient_along(batch, measurement, along)
    for layer in range(len(prefix) - 1, 0, -1):
        own = slice(layer * d, (layer + 1) * d)
        out, out_along = space[2 + layer % 2], along.spare[layer % 2]
        multiply_transposed(term, along.prefix[layer - 1], pull)
        add(g[own], share, term)
        multiply_transposed(term, prefix[layer - 1], pull_along)
        add(g[own], share, term)
        transpose(transposed, along.direction[own])
        multiply(term, pull, transposed)
        transpose(transposed, w[own])
        multiply(out_along, pull_along, transposed)
        add(out_along, 1.0, term)
        multiply(out, pull, transposed)
        pull, pull_along = out, out_along
    add(g[:d], share, pull_along)


@compiled
def products_along(w, prefix, along):
    """Write the differentials of `prefix` to along.prefix."""
    d = w.shape[1]
    copy(along.prefix[0], along.direction[:d])
    for layer in range(1, len(prefix)):
        own = slice(layer * d, (layer + 1) * d)
        multiply(along.prefix[layer], along.prefix[layer - 1], w[own])
        multiply(along.term, prefix[layer - 1], along.direction[own])
        add(along.prefix[layer], 1.0, along.term)


@compiled
def product_gradient_along(batch, measurement, along):
    """Write dG to along.product."""
    whole, flat = along.prefix[len(along.prefix) - 1].ravel(), along.product.ravel()
    flat[:] = 0
    for b in range(batch.size):
        a = measurement[batch[b]]
        add_row(flat, flat.dtype.type(2.0 * inner(a, whole) / batch.size), a)


@unlocked
def advance(w, m, v, g, columns, measurement, y, noise, rule, penalty, seed, along, batch_size, start, stop):
    """Train from step `start` to `stop` in place; returns the step reached, less than `stop` on divergence.

    w, m, g: (L d, d); noise: (kind, delta).
    """
    depth, d = w.shape[0] // w.shape[1], w.shape[1]
    prefix, space = np.empty((depth, d, d), w.dtype), np.empty((4, d, d), w.dtype)
    order, scratch = epoch(y.size)
    target, xi = np.empty(batch_size), window(batch_size)
    for step in range(start, stop):
        first = reshuffle(seed, step, start, batch_size, order, scratch)
        batch = order[first : first + batch_size]
        relabel(seed, noise, step, start, y, batch, xi, target)
        if not gradient(w, g, batch, measurement, target, prefix, space):
            return step
        which = active(penalty, step)
        if which != NONE:
            add_penalty_gradient(
                w, g, batch, measurement, target, which, penalty.weight, prefix, space, along
            )
        update(w, m, v, g, columns, rule, step + 1)
    return stop
