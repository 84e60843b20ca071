r"""Compiled passes of logistic regression on sparse inputs (zou2023, Theorem 4.2).

f(x) = <w, x>,   L_i = log(1 + exp(-y_i f(x_i))),   grad L_i = -y_i s x_i,   s = 1/(1 + exp(y_i f(x_i)))

grad |grad L_i|^2 = 2 s (1 - s) |x_i|^2 grad L_i,      Hess L_i = s (1 - s) x_i x_i'
"""

from __future__ import annotations

import math

import numpy as np

from adamatlas.compiled import compiled, unlocked
from adamatlas.optimizers.rule import update
from adamatlas.problems.order import shuffle
from adamatlas.regularizers.penalty import FULL, NONE, PER_EXAMPLE


@compiled
def margin(w, index, value, y):
    """y <w, x> in float64 for one point; w (1, 2d)."""
    total = 0.0
    for k in range(index.size):
        total += float(value[k]) * float(w[0, index[k]])
    return y * total


@compiled
def margins(w, index, value, y):
    """The margins (n,) float64 of a sample; index and value (n, k)."""
    out = np.empty(y.size)
    for i in range(y.size):
        out[i] = margin(w, index[i], value[i], y[i])
    return out


@compiled
def gradient(w, g, batch, index, value, y, kind, weight):
    """Add the gradient of mean_b L_i + weight R over i in `batch` to g, which is zero; False if not finite.

    kind: which R (regularizers.penalty).
    """
    finite = True
    curved = np.empty(batch.size if kind == FULL else 0)
    for b in range(batch.size):
        i = batch[b]
        reached = margin(w, index[i], value[i], y[i])
        finite &= math.isfinite(reached)
        slope = 1.0 / (1.0 + math.exp(reached))
        push = y[i] * slope / batch.size
        if kind == PER_EXAMPLE:
            square = 0.0
            for k in range(index.shape[1]):
                square += float(value[i, k]) * float(value[i, k])
            push *= 1.0 + 2.0 * weight * slope * (1.0 - slope) * square
        elif kind == FULL:
            curved[b] = 2.0 * weight * slope * (1.0 - slope) / batch.size
        for k in range(index.shape[1]):
            g[0, index[i, k]] -= push * value[i, k]
    if kind == FULL:
        add_full(g, batch, index, value, curved)
    return finite


@compiled
def add_full(g, batch, index, value, curved):
    """Add sum_b curved[b] x_i <x_i, g> to g, for i in `batch`: the gradient of weight |g|^2."""
    for b in range(batch.size):
        curved[b] *= margin(g, index[batch[b]], value[batch[b]], 1.0)
    for b in range(batch.size):
        i = batch[b]
        for k in range(index.shape[1]):
            g[0, index[i, k]] += curved[b] * value[i, k]


@unlocked
def advance(w, m, v, g, columns, index, value, y, rule, penalty, seed, batch_size, start, stop):
    """Train from step `start` to `stop`; returns the step reached, `stop` unless a margin diverged."""
    n = y.size
    per_epoch = n // batch_size
    order = np.arange(n)
    scratch = np.empty(n, np.uint64)
    for step in range(start, stop):
        place = step % per_epoch
        if batch_size < n and (place == 0 or step == start):
            shuffle(seed, step, per_epoch, order, scratch)
        batch = order[place * batch_size : (place + 1) * batch_size]
        kind = penalty.kind if step < penalty.off_step else NONE
        if not gradient(w, g, batch, index, value, y, kind, penalty.weight):
            return step
        update(w, m, v, g, columns, rule, step + 1)
    return stop
