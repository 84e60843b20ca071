r"""Compiled passes of deep matrix factorization (li2025, Appendix B.1).

    f(A) = <A, W_1 W_2 ... W_L>,   L_i = (f(A_i) - b_i - delta xi)^2
    dL/dW_l = (W_1 ... W_(l-1))' G (W_(l+1) ... W_L)',   G = 2/B sum_b (f - b - delta xi)_b A_b

The factors (d, d) lie below each other in the weights (L d, d); column j of a factor belongs to its neuron j.
"""

from __future__ import annotations

import math

import numba
import numpy as np

from adamatlas.optimizers.rule import update
from adamatlas.problems.label_noise import refill, window
from adamatlas.problems.order import shuffle


@numba.njit(cache=True, error_model="numpy")
def multiply(a, b, out):
    """out = a b, for square matrices."""
    d = a.shape[0]
    for i in range(d):
        row = out[i]
        row[:] = 0
        for k in range(d):
            factor, other = a[i, k], b[k]
            for j in range(d):
                row[j] += factor * other[j]


@numba.njit(cache=True, error_model="numpy")
def multiply_left_transposed(a, b, out):
    """out += a' b, for square matrices."""
    d = a.shape[0]
    for i in range(d):
        other = b[i]
        for k in range(d):
            factor, row = a[i, k], out[k]
            for j in range(d):
                row[j] += factor * other[j]


@numba.njit(cache=True, error_model="numpy")
def multiply_right_transposed(a, b, out, space):
    """out = a b', for square matrices."""
    d = a.shape[0]
    for i in range(d):
        for j in range(d):
            space[j, i] = b[i, j]
    multiply(a, space, out)


@numba.njit(cache=True, error_model="numpy")
def inner(a, b):
    """<a, b> (float64) of two flat arrays, in eight interleaved sums."""
    whole = a.size - a.size % 8
    s0 = s1 = s2 = s3 = s4 = s5 = s6 = s7 = a.dtype.type(0)
    for k in range(0, whole, 8):
        s0 += a[k] * b[k]
        s1 += a[k + 1] * b[k + 1]
        s2 += a[k + 2] * b[k + 2]
        s3 += a[k + 3] * b[k + 3]
        s4 += a[k + 4] * b[k + 4]
        s5 += a[k + 5] * b[k + 5]
        s6 += a[k + 6] * b[k + 6]
        s7 += a[k + 7] * b[k + 7]
    total = float((s0 + s4) + (s1 + s5)) + float((s2 + s6) + (s3 + s7))
    for k in range(whole, a.size):
        total += float(a[k] * b[k])
    return total


@numba.njit(cache=True, error_model="numpy")
def products(w, prefix):
    """prefix[l] (d, d) = W_1 ... W_(l+1); w (L d, d), prefix (L, d, d)."""
    d = w.shape[1]
    prefix[0] = w[:d]
    for layer in range(1, prefix.shape[0]):
        multiply(prefix[layer - 1], w[layer * d : (layer + 1) * d], prefix[layer])


@numba.njit(cache=True, error_model="numpy")
def gradient(w, g, batch, measurement, target, prefix, space):
    """Add the gradient of the mean loss over `batch` to g, which is zero; False if an output is not finite.

    measurement (n, d d) in the dtype of w; target[b] is the noisy label of batch[b]; prefix (L, d, d) and
    space (3, d, d) are work space.
    """
    real = w.dtype.type
    d, depth = w.shape[1], prefix.shape[0]
    finite = True
    products(w, prefix)
    whole = prefix[depth - 1].ravel()
    pull, spare, transposed = space[0], space[1], space[2]
    flat = pull.ravel()
    flat[:] = 0
    for b in range(batch.size):
        a = measurement[batch[b]]
        residual = inner(a, whole) - target[b]
        finite &= math.isfinite(residual)
        factor = real(2.0 * residual / batch.size)
        for k in range(flat.size):
            flat[k] += factor * a[k]
    for layer in range(depth - 1, 0, -1):
        own = slice(layer * d, (layer + 1) * d)
        multiply_left_transposed(prefix[layer - 1], pull, g[own])
        multiply_right_transposed(pull, w[own], spare, transposed)
        pull, spare = spare, pull
    g[:d] = pull
    return finite


@numba.njit(cache=True, error_model="numpy", nogil=True)
def advance(w, m, v, g, columns, measurement, y, depth, noise, rule, seed, batch_size, start, stop):
    """Train from step `start` to `stop`; returns the step reached, `stop` unless an output diverged.

    w, m, g (L d, d) and v are updated in place; noise is (kind, delta). The result does not depend on how a
    run is cut into calls.
    """
    kind, delta = noise
    n, d = y.size, w.shape[1]
    per_epoch = n // batch_size
    order, scratch = np.arange(n), np.empty(n, np.uint64)
    prefix, space = np.empty((depth, d, d), w.dtype), np.empty((3, d, d), w.dtype)
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
        if not gradient(w, g, batch, measurement, target, prefix, space):
            return step
        for part in range(parts):
            own = slice(part * rows, (part + 1) * rows)
            second = v if parts == 1 else v[part : part + 1]
            update(w[own], m[own], second, g[own], columns, rule, step + 1)
    return stop
