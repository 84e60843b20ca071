"""Dense passes over w, m, v, g: one for each form of the update, flat so that LLVM vectorises.

The numbers of a step arrive in float64 and are rounded once to the dtype of the weights. Every pass clears g.
"""

import math

import numpy as np

from adamatlas.compiled import compiled, shared
from adamatlas.optimizers.formula import average, decayed, moved, quotient, rounded


@compiled
def adam(w, m, v, g, n):
    """The rule for p = 1/2 without a floor."""
    real = w.dtype.type
    scale, n = real(1.0 / math.sqrt(n.correction2)), rounded(n, real)
    w, m, v, g = w.ravel(), m.ravel(), v.ravel(), g.ravel()
    for k in range(w.size):
        gk = decayed(g[k], w[k], n)
        mk = average(m[k], gk, n.c1)
        vk = average(v[k], gk * gk, n.c2)
        g[k] = 0
        m[k] = mk
        v[k] = vk
        w[k] = moved(w[k], quotient(mk, np.sqrt(vk) * scale + n.eps, n), n)


@compiled
def descent(w, m, g, n):
    """The rule for p = 0."""
    n = rounded(n, w.dtype.type)
    w, m, g = w.ravel(), m.ravel(), g.ravel()
    for k in range(w.size):
        mk = average(m[k], decayed(g[k], w[k], n), n.c1)
        g[k] = 0
        m[k] = mk
        w[k] = moved(w[k], n.step * mk, n)


@compiled
def sign(w, m, g, n):
    """The update is step sign(m), with sign(0) = 0 as in torch.sign."""
    n = rounded(n, w.dtype.type)
    w, m, g = w.ravel(), m.ravel(), g.ravel()
    for k in range(w.size):
        mk = average(m[k], decayed(g[k], w[k], n), n.c1)
        g[k] = 0
        m[k] = mk
        w[k] = moved(w[k], n.step * np.sign(mk), n)


@shared
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
def power(w, m, v, g, n):
    """The rule for any exponent p in (0, 1), with a floor on vhat."""
    real = w.dtype.type
    count = int(round(8.0 * n.v_exponent))  # noqa: RUF046 (numba rounds to a float)
    nested = abs(8.0 * n.v_exponent - count) < 1e-12 and count < 8
    unbias, n = real(1.0 / n.correction2), rounded(n, real)
    w, m, v, g = w.ravel(), m.ravel(), v.ravel(), g.ravel()
    for k in range(w.size):
        gk = decayed(g[k], w[k], n)
        mk = average(m[k], gk, n.c1)
        vk = average(v[k], gk * gk, n.c2)
        g[k] = 0
        m[k] = mk
        v[k] = vk
        hat = max(vk * unbias, n.v_floor)
        root = eighths(hat, count, real(1)) if nested else hat**n.v_exponent
        w[k] = moved(w[k], quotient(mk, root + n.eps, n), n)


@compiled
def blockwise(w, m, v, g, columns, n):
    """The rule with one second moment a block of columns: the mean of g^2 over the block.

    v: (blocks,); the mean is summed in float64.
    """
    small = rounded(n, w.dtype.type)
    blocks = v.size
    square = np.zeros(w.shape[1])
    for row in range(w.shape[0]):
        for column in range(w.shape[1]):
            gk = decayed(g[row, column], w[row, column], small)
            g[row, column] = gk
            square[column] += gk * gk
    total = np.zeros(blocks)
    size = np.zeros(blocks)
    for column in range(w.shape[1]):
        total[columns[column]] += square[column]
        size[columns[column]] += w.shape[0]
    rates = np.empty(blocks)
    for block in range(blocks):
        v[block] = average(v[block], total[block] / size[block], n.c2)
        hat = max(v[block] / n.correction2, n.v_floor)
        rates[block] = n.step / (hat**n.v_exponent + n.eps)
    rate = np.empty(w.shape[1], w.dtype)
    for column in range(w.shape[1]):
        rate[column] = rates[columns[column]]
    for row in range(w.shape[0]):
        for column in range(w.shape[1]):
            mk = average(m[row, column], g[row, column], small.c1)
            g[row, column] = 0
            m[row, column] = mk
            w[row, column] = moved(w[row, column], rate[column] * mk, small)
