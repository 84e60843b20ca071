"""Compiled passes of logistic regression on sparse inputs (zou2023, Theorem 4.2).

f(x) = <w, x>,   L_i = log(1 + exp(-y_i f(x_i)))
"""

from __future__ import annotations

import math

import numpy as np

from adamatlas.compiled import compiled, unlocked
from adamatlas.optimizers.rule import update
from adamatlas.problems.order import shuffle


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
def gradient(w, g, batch, index, value, y):
    """Add the gradient of the mean loss over `batch` to g; False if a margin is not finite."""
    finite = True
    for b in range(batch.size):
        i = batch[b]
        reached = margin(w, index[i], value[i], y[i])
        finite &= math.isfinite(reached)
        push = y[i] / (1.0 + math.exp(reached)) / batch.size
        for k in range(index.shape[1]):
            g[0, index[i, k]] -= push * value[i, k]
    return finite


@unlocked
def advance(w, m, v, g, columns, index, value, y, rule, seed, batch_size, start, stop):
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
        if not gradient(w, g, batch, index, value, y):
            return step
        update(w, m, v, g, columns, rule, step + 1)
    return stop
