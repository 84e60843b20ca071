"""Dense passes over w, m, v, g: one for each form of the denominator, flat so that LLVM vectorises.

Scalars arrive in float64 and are rounded once to the dtype of the weights. Every pass clears g.
"""

from __future__ import annotations

import math

import numpy as np

from adamatlas.compiled import compiled


@compiled
def adam(w, m, v, g, c1, c2, coupled, shrink, step, scale, eps):
    """w <- shrink w - step m / (scale sqrt(v) + eps): the rule for p = 1/2 without a floor."""
    real = w.dtype.type
    c1, c2, coupled, shrink = real(c1), real(c2), real(coupled), real(shrink)
    step, scale, eps = real(step), real(scale), real(eps)
    w, m, v, g = w.ravel(), m.ravel(), v.ravel(), g.ravel()
    for k in range(w.size):
        gk = g[k] + coupled * w[k]
        mk = m[k] + c1 * (gk - m[k])
        vk = v[k] + c2 * (gk * gk - v[k])
        g[k] = 0
        m[k] = mk
        v[k] = vk
        w[k] = shrink * w[k] - step * mk / (np.sqrt(vk) * scale + eps)


@compiled
def plain(w, m, g, c1, coupled, shrink, step):
    """w <- shrink w - step m: the rule for p = 0."""
    real = w.dtype.type
    c1, coupled, shrink, step = real(c1), real(coupled), real(shrink), real(step)
    w, m, g = w.ravel(), m.ravel(), g.ravel()
    for k in range(w.size):
        mk = m[k] + c1 * (g[k] + coupled * w[k] - m[k])
        g[k] = 0
        m[k] = mk
        w[k] = shrink * w[k] - step * mk


@compiled
def sign(w, m, g, c1, coupled, shrink, step):
    """w <- shrink w - step sign(m), with sign(0) = 0 as in torch.sign."""
    real = w.dtype.type
    c1, coupled, shrink, step = real(c1), real(coupled), real(shrink), real(step)
    w, m, g = w.ravel(), m.ravel(), g.ravel()
    for k in range(w.size):
        mk = m[k] + c1 * (g[k] + coupled * w[k] - m[k])
        g[k] = 0
        m[k] = mk
        w[k] = shrink * w[k] - step * np.sign(mk)


@compiled
def eighths(x, count, one):
    """x^(count/8), count in 0..7, by nested square roots; `one` is 1 in the dtype of x."""
    root = math.sqrt(x)
    result = one
    if count & 4:
        result = root
    root = math.sqrt(root)
    if count & 2:
        result = result * root
    if count & 1:
        result = result * math.sqrt(root)
    return result


@compiled
def power(w, m, v, g, c1, c2, coupled, shrink, step, correction2, p, floor, eps):
    """The rule for any exponent p in (0, 1), with a floor on vhat."""
    real = w.dtype.type
    count = int(round(8.0 * p))  # noqa: RUF046 (numba rounds to a float)
    nested = abs(8.0 * p - count) < 1e-12 and count < 8
    c1, c2, coupled, shrink = real(c1), real(c2), real(coupled), real(shrink)
    step, unbias, p, floor, eps = real(step), real(1.0 / correction2), real(p), real(floor), real(eps)
    w, m, v, g = w.ravel(), m.ravel(), v.ravel(), g.ravel()
    for k in range(w.size):
        gk = g[k] + coupled * w[k]
        mk = m[k] + c1 * (gk - m[k])
        vk = v[k] + c2 * (gk * gk - v[k])
        g[k] = 0
        m[k] = mk
        v[k] = vk
        hat = max(vk * unbias, floor)
        denominator = eighths(hat, count, real(1)) if nested else hat**p
        w[k] = shrink * w[k] - step * mk / (denominator + eps)


@compiled
def blockwise(w, m, v, g, columns, c1, c2, coupled, shrink, step, correction2, p, floor, eps):
    """The rule with one second moment a block of columns: the mean of g^2 over the block.

    v: (1, blocks); the mean is summed in float64.
    """
    real = w.dtype.type
    c1, coupled, shrink = real(c1), real(coupled), real(shrink)
    blocks = v.shape[1]
    square = np.zeros(w.shape[1])
    for row in range(w.shape[0]):
        for column in range(w.shape[1]):
            gk = g[row, column] + coupled * w[row, column]
            g[row, column] = gk
            square[column] += gk * gk
    total = np.zeros(blocks)
    size = np.zeros(blocks)
    for column in range(w.shape[1]):
        total[columns[column]] += square[column]
        size[columns[column]] += w.shape[0]
    quotient = np.empty(blocks)
    for block in range(blocks):
        v[0, block] += c2 * (total[block] / size[block] - v[0, block])
        hat = max(v[0, block] / correction2, floor)
        quotient[block] = step / (hat**p + eps)
    rate = np.empty(w.shape[1], w.dtype)
    for column in range(w.shape[1]):
        rate[column] = quotient[columns[column]]
    for row in range(w.shape[0]):
        for column in range(w.shape[1]):
            mk = m[row, column] + c1 * (g[row, column] - m[row, column])
            g[row, column] = 0
            m[row, column] = mk
            w[row, column] = shrink * w[row, column] - rate[column] * mk
