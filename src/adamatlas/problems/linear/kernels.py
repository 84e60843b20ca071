r"""Compiled passes of logistic regression on sparse inputs (zou2023, Theorem 4.2).

f(x) = <w, x>,   L_i = log(1 + exp(-y_i f(x_i))),   grad L_i = -slope_i y_i x_i,
slope_i = 1/(1 + exp(y_i f(x_i))),   Hess L_i = curve_i x_i x_i',   curve_i = slope_i (1 - slope_i)

grad |grad L_i|^2 = 2 curve_i |x_i|^2 grad L_i,   grad |grad L|^2 = 2 mean_i curve_i x_i <x_i, grad L>
"""

import math

import numpy as np

from adamatlas.compiled import compiled, unlocked
from adamatlas.optimizers.rule import update
from adamatlas.problems.order import epoch, reshuffle
from adamatlas.regularizers.penalty import FULL, PER_EXAMPLE, active


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
        for k in range(index.shape[1]):
            g[0, index[i, k]] -= push * value[i, k]
    if kind == FULL:
        add_full(w, g, batch, index, value, y, weight)
    return finite


@compiled
def add_full(w, g, batch, index, value, y, weight):
    """Add the gradient of weight |g|^2 to g = grad L."""
    push = np.empty(batch.size)
    for b in range(batch.size):
        i = batch[b]
        slope = 1.0 / (1.0 + math.exp(margin(w, index[i], value[i], y[i])))
        curve = slope * (1.0 - slope)
        push[b] = 2.0 * weight * curve * margin(g, index[i], value[i], 1.0) / batch.size
    for b in range(batch.size):
        i = batch[b]
        for k in range(index.shape[1]):
            g[0, index[i, k]] += push[b] * value[i, k]


@unlocked
def advance(w, m, v, g, columns, index, value, y, rule, penalty, seed, batch_size, start, stop):
    """Train from `start` to `stop` in place; returns the step reached, less than `stop` on divergence."""
    order, scratch = epoch(y.size)
    for step in range(start, stop):
        first = reshuffle(seed, step, start, batch_size, order, scratch)
        batch = order[first : first + batch_size]
        if not gradient(w, g, batch, index, value, y, active(penalty, step), penalty.weight):
            return step
        update(w, m, v, g, columns, rule, step + 1)
    return stop
