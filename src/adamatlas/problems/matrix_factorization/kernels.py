r"""Compiled passes of deep matrix factorization (li2025, Appendix B.1).

    f(A) = <A, W_1 W_2 ... W_L>,   L_i = (f(A_i) - b_i - delta xi)^2
    dL/dW_l = (W_1 ... W_(l-1))' G (W_(l+1) ... W_L)',   G = 2/B sum_b (f - b - delta xi)_b A_b

The gradient of |grad L|^2 is 2 Hess L grad L (curvature.py).

The factors (d, d) lie below each other in the weights (L d, d); column j of a factor belongs to its neuron j.
"""

from __future__ import annotations

import math

import numpy as np

from adamatlas.compiled import compiled, unlocked
from adamatlas.optimizers.rule import update
from adamatlas.problems.label_noise import relabel, window
from adamatlas.problems.matrix_factorization.curvature import add_hessian_along
from adamatlas.problems.matrix_factorization.matrices import copy, transpose
from adamatlas.problems.order import epoch, reshuffle
from adamatlas.problems.sums import inner
from adamatlas.regularizers.penalty import FULL, NONE, PER_EXAMPLE, active
from adamatlas.vectors.matrices import multiply, multiply_transposed
from adamatlas.vectors.rows import add_row


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

    kind: which R (regularizers.penalty); along: `curvature.workspace`.
    """
    if kind == FULL:
        copy(along.way, g)
        add_hessian_along(w, g, batch, measurement, 2.0 * weight, prefix, space, along)
    elif kind == PER_EXAMPLE:
        for b in range(batch.size):
            one = batch[b : b + 1]
            gradient(w, along.way, one, measurement, target[b : b + 1], prefix, space)
            add_hessian_along(w, g, one, measurement, 2.0 * weight / batch.size, prefix, space, along)


@unlocked
def advance(w, m, v, g, columns, measurement, y, noise, rule, penalty, seed, along, batch_size, start, stop):
    """Train from step `start` to `stop`; returns the step reached, `stop` unless an output diverged.

    w, m, g (L d, d) and v are updated in place; noise is (kind, delta). The result does not depend on how a
    run is cut into calls.
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
