r"""Compiled passes of the diagonal linear network (li2025, Section 5.2).

    f(x) = <x, u^2 - v^2>,   L_i = (f(x_i) - y_i - delta xi)^2 / 2
    grad_u L_i = 2 (f - y - delta xi) x u,   grad_v L_i = -2 (f - y - delta xi) x v

With r_i = f - y - delta xi the gradient of the mean loss is (c u, -c v), c = mean_i 2 r_i x_i. Since x^2 = 1,
|grad L_i|^2 = 4 r_i^2 (|u|^2 + |v|^2), and

    grad mean_i |grad L_i|^2 = 8 (|u|^2 + |v|^2) (c u, -c v) + 8 mean_i r_i^2 (u, v)
    grad |grad L|^2 = 2 ((c^2 + e) u, (c^2 - e) v),   e = mean_i 4 <x_i, c (u^2 + v^2)> x_i

u and v are the rows of the weights (2, d), an input x is d int8 numbers +-1. SGD, momentum and Adam with one
example a step take one pass over the weights (single.py); everything else goes through the gradient and the
update rule.
"""

import math

import numpy as np

from adamatlas.compiled import compiled, summing, unlocked
from adamatlas.optimizers.rule import update
from adamatlas.problems.label_noise import relabel, window
from adamatlas.problems.order import epoch, reshuffle
from adamatlas.regularizers.penalty import FULL, PER_EXAMPLE, active
from adamatlas.vectors import inner


@summing
def output(w, x):
    """f(x) = <x, u^2 - v^2> as float64."""
    real = w.dtype.type
    total = real(0)
    for k in range(x.size):
        total += (w[0, k] * w[0, k] - w[1, k] * w[1, k]) * real(x[k])
    return float(total)


@compiled
def outputs(w, x):
    """f(x_i) (n,) float64 of a sample; w (2, d), x (n, d) int8."""
    out = np.empty(len(x))
    for i in range(out.size):
        out[i] = output(w, x[i])
    return out


@compiled
def spread(c, push, x):
    """c <- c + push x."""
    for k in range(c.size):
        c[k] += push * c.dtype.type(x[k])


@compiled
def gradient(w, g, batch, x, target, kind, weight, space):
    """Add the gradient of mean_b L_i + weight R over i in `batch` to g, which is zero; False if not finite.

    target[b] is the noisy label of batch[b]; kind: which R (regularizers.penalty); space: (3, d).
    """
    real = w.dtype.type
    finite = True
    c = space[0]
    c[:] = 0
    squares = 0.0
    for b in range(batch.size):
        residual = output(w, x[batch[b]]) - target[b]
        finite &= math.isfinite(residual)
        squares += residual * residual
        spread(c, real(2.0 * residual / batch.size), x[batch[b]])
    for k in range(c.size):
        g[0, k] += c[k] * w[0, k]
        g[1, k] -= c[k] * w[1, k]
    if kind == PER_EXAMPLE:
        add_per_example(w, g, squares / batch.size, weight)
    elif kind == FULL:
        add_full(w, g, batch, x, weight, c, space[1], space[2])
    return finite


@compiled
def add_per_example(w, g, squares, weight):
    """Add the gradient of weight mean_i |grad L_i|^2 to g = grad L; squares: mean_i r_i^2."""
    of_gradient = g.dtype.type(1.0 + 8.0 * weight * (inner(w[0], w[0]) + inner(w[1], w[1])))
    of_weights = g.dtype.type(8.0 * weight * squares)
    for part in range(2):
        for k in range(w.shape[1]):
            g[part, k] = of_gradient * g[part, k] + of_weights * w[part, k]


@compiled
def add_full(w, g, batch, x, weight, c, z, e):
    """Add the gradient of weight |g|^2 to g = (c u, -c v); z, e: (d,) space."""
    real = w.dtype.type
    for k in range(c.size):
        z[k] = c[k] * (w[0, k] * w[0, k] + w[1, k] * w[1, k])
        e[k] = 0
    for b in range(batch.size):
        spread(e, real(4.0 * inner(z, x[batch[b]]) / batch.size), x[batch[b]])
    strength = real(2.0 * weight)
    for k in range(c.size):
        g[0, k] += strength * (c[k] * c[k] + e[k]) * w[0, k]
        g[1, k] += strength * (c[k] * c[k] - e[k]) * w[1, k]


@unlocked
def advance(w, m, v, g, columns, x, y, noise, rule, penalty, seed, batch_size, start, stop):
    """Train from step `start` to `stop` in place; returns the step reached, less than `stop` on divergence.

    w, m, g: (2, d); noise: (kind, delta).
    """
    order, scratch = epoch(y.size)
    space, target, xi = np.empty((3, w.shape[1]), w.dtype), np.empty(batch_size), window(batch_size)
    for step in range(start, stop):
        first = reshuffle(seed, step, start, batch_size, order, scratch)
        batch = order[first : first + batch_size]
        relabel(seed, noise, step, start, y, batch, xi, target)
        if not gradient(w, g, batch, x, target, active(penalty, step), penalty.weight, space):
            return step
        update(w, m, v, g, columns, rule, step + 1)
    return stop
