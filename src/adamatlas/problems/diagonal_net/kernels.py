r"""Compiled passes of the diagonal linear network (li2025, Section 5.2).

    f(x) = <x, u^2 - v^2>,   L_i = (f(x_i) - y_i - delta xi)^2 / 2
    grad_u L_i = 2 (f - y - delta xi) x u,   grad_v L_i = -2 (f - y - delta xi) x v

With r_i = f - y - delta xi the gradient of the mean loss is (c u, -c v), c = mean_i 2 r_i x_i. Since x^2 = 1,
|grad L_i|^2 = 4 r_i^2 (|u|^2 + |v|^2), and

    grad mean_i |grad L_i|^2 = 8 (|u|^2 + |v|^2) (c u, -c v) + 8 mean_i r_i^2 (u, v)
    grad |grad L|^2 = 2 ((c^2 + e) u, (c^2 - e) v),   e = mean_i 4 <x_i, c (u^2 + v^2)> x_i

u and v are the rows of the weights (2, d). An input is d sign bits in 32-bit words. One example a step with
SGD, momentum or Adam is one pass over the weights, which also finds f of the next example; everything else
goes through the gradient and the update rule.
"""

from __future__ import annotations

import math

import numpy as np

from adamatlas.compiled import compiled, unlocked
from adamatlas.optimizers.rule import update
from adamatlas.problems.diagonal_net import vectors
from adamatlas.problems.label_noise import refill, window
from adamatlas.problems.order import shuffle
from adamatlas.regularizers.penalty import FULL, NONE, PER_EXAMPLE, active


@compiled
def outputs(w, words):
    """f(x_i) (n,) float64 of a sample; w (2, d), words (n, ...) uint32."""
    out = np.empty(words.shape[0])
    for i in range(out.size):
        out[i] = vectors.dot(w[0], w[1], words[i])
    return out


@compiled
def gradient(w, g, batch, words, target, kind, weight, space):
    """Add the gradient of mean_b L_i + weight R over i in `batch` to g, which is zero; False if not finite.

    target[b] is the noisy label of batch[b]; kind: which R (regularizers.penalty); space: (3, d).
    """
    real = w.dtype.type
    finite = True
    c = space[0]
    c[:] = 0
    squares = 0.0
    for b in range(batch.size):
        x = words[batch[b]]
        residual = vectors.dot(w[0], w[1], x) - target[b]
        finite &= math.isfinite(residual)
        squares += residual * residual
        vectors.spread(c, x, real(2.0 * residual / batch.size))
    for k in range(c.size):
        g[0, k] += c[k] * w[0, k]
        g[1, k] -= c[k] * w[1, k]
    if kind == PER_EXAMPLE:
        add_per_example(w, g, squares / batch.size, weight)
    elif kind == FULL:
        add_full(w, g, batch, words, weight, c, space[1], space[2])
    return finite


@compiled
def add_per_example(w, g, squares, weight):
    """Add the gradient of weight mean_i |grad L_i|^2 to g = grad L; squares: mean_i r_i^2."""
    of_gradient = g.dtype.type(1.0 + 8.0 * weight * vectors.square(w[0], w[1]))
    of_weights = g.dtype.type(8.0 * weight * squares)
    for part in range(2):
        for k in range(w.shape[1]):
            g[part, k] = of_gradient * g[part, k] + of_weights * w[part, k]


@compiled
def add_full(w, g, batch, words, weight, c, z, e):
    """Add the gradient of weight |g|^2 to g = (c u, -c v); z, e: (d,) space."""
    real = w.dtype.type
    for k in range(c.size):
        z[k] = c[k] * (w[0, k] * w[0, k] + w[1, k] * w[1, k])
        e[k] = 0
    for b in range(batch.size):
        x = words[batch[b]]
        vectors.spread(e, x, real(4.0 * vectors.project(z, x) / batch.size))
    strength = real(2.0 * weight)
    for k in range(c.size):
        g[0, k] += strength * (c[k] * c[k] + e[k]) * w[0, k]
        g[1, k] += strength * (c[k] * c[k] - e[k]) * w[1, k]


@unlocked
def advance(w, m, v, g, columns, words, y, noise, rule, penalty, seed, batch_size, start, stop):
    """Train from step `start` to `stop`; returns the step reached, `stop` unless an output diverged.

    w, m, g (2, d) and v are updated in place; noise is (kind, delta). The result does not depend on how a
    run is cut into calls.
    """
    one = batch_size == 1 and rule.coordinate and not rule.sign and rule.weight_decay == 0.0
    if one and (rule.v_exponent == 0.0 or rule.v_exponent == 0.5) and penalty.kind == NONE:
        return one_by_one(w, m, v, words, y, noise, rule, seed, start, stop)
    kind, delta = noise
    n = y.size
    per_epoch = n // batch_size
    order, scratch = np.arange(n), np.empty(n, np.uint64)
    space, target, xi = np.empty((3, w.shape[1]), w.dtype), np.empty(batch_size), window(batch_size)
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
        if not gradient(w, g, batch, words, target, active(penalty, step), penalty.weight, space):
            return step
        for part in range(parts):
            own = slice(part * rows, (part + 1) * rows)
            second = v if parts == 1 else v[part : part + 1]
            update(w[own], m[own], second, g[own], columns, rule, step + 1)
    return stop


@unlocked
def one_by_one(w, m, v, words, y, noise, rule, seed, start, stop):
    """`advance` for one example a step, p = 0 or 1/2 by coordinates, no decay, no regularizer."""
    real = w.dtype.type
    kind, delta = noise
    n = y.size
    order, scratch, xi = np.arange(n), np.empty(n, np.uint64), window(1)
    if start < stop and n > 1:
        shuffle(seed, start, n, order, scratch)
    i = order[start % n]
    output = vectors.dot(w[0], w[1], words[i])
    c1, c2, correction1, correction2 = 1.0 - rule.beta1, 1.0 - rule.beta2, 1.0, 1.0
    for step in range(start, stop):
        residual = output - y[i] - delta * xi[refill(seed, kind, step, start, 1, xi)]
        if not math.isfinite(residual):
            return step
        if (step + 1) % n == 0 and n > 1:
            shuffle(seed, step + 1, n, order, scratch)
        j = order[(step + 1) % n]
        if rule.bias_correction:
            correction1, correction2 = 1.0 - rule.beta1 ** (step + 1), 1.0 - rule.beta2 ** (step + 1)
        push, rate = real(2.0 * residual), rule.lr / correction1
        if rule.v_exponent == 0.5:
            output = vectors.adam(
                w[0], w[1], m[0], m[1], v[0], v[1], words[i], words[j], push,
                real(c1), real(c2), real(rate), real(1.0 / math.sqrt(correction2)),
                real(rule.v_floor * correction2), real(rule.eps),
            )  # fmt: skip
        elif rule.beta1 > 0.0:
            output = vectors.momentum(
                w[0], w[1], m[0], m[1], words[i], words[j], push, real(c1), real(rate / (1.0 + rule.eps))
            )
        else:
            if step == stop - 1:
                m[:] = 0
                last_gradient(w, m, words[i], push)
            output = vectors.plain(w[0], w[1], words[i], words[j], push, real(rate / (1.0 + rule.eps)))
        i = j
    return stop


@compiled
def last_gradient(w, m, x, push):
    """Add the gradient push (x u, -x v) to m, which is zero: without momentum it is the first moment."""
    vectors.spread(m[0], x, push)
    for k in range(m.shape[1]):
        c = m[0, k]
        m[0, k] = c * w[0, k]
        m[1, k] = -c * w[1, k]
