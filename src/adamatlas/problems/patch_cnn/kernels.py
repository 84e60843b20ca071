r"""Compiled passes of the two-layer patch network (tang2025, Definition 3.2).

    F_j(x) = output_scale * sum_r [ relu(<w_jr, y v>)^q + relu(<w_jr, xi>)^q ],   j in {-1, +1}
    L_i = -log softmax_{y_i}(F_-1, F_+1) = log(1 + exp(-y_i (F_1 - F_-1)))

Weights are stored (d, 2m), so that one coordinate's neurons are contiguous: columns 0..m-1 are
class -1, columns m..2m-1 class +1. A noise patch is a list of (index, value) pairs.
"""

from __future__ import annotations

import math

import numba
import numpy as np

from adamatlas.optimizers.rule import update
from adamatlas.problems.order import shuffle


@numba.njit(cache=True, error_model="numpy")
def project(w, index, value, out):
    """out[c] = sum_k value[k] w[index[k], c], eight pairs at a time."""
    out[:] = 0
    whole = index.size - index.size % 8
    for k in range(0, whole, 8):
        r0, r1, r2, r3 = w[index[k]], w[index[k + 1]], w[index[k + 2]], w[index[k + 3]]
        r4, r5, r6, r7 = w[index[k + 4]], w[index[k + 5]], w[index[k + 6]], w[index[k + 7]]
        x0, x1, x2, x3 = value[k], value[k + 1], value[k + 2], value[k + 3]
        x4, x5, x6, x7 = value[k + 4], value[k + 5], value[k + 6], value[k + 7]
        for c in range(out.size):
            out[c] += ((x0 * r0[c] + x1 * r1[c]) + (x2 * r2[c] + x3 * r3[c])) + (
                (x4 * r4[c] + x5 * r5[c]) + (x6 * r6[c] + x7 * r7[c])
            )
    for k in range(whole, index.size):
        row = w[index[k]]
        for c in range(out.size):
            out[c] += value[k] * row[c]


@numba.njit(cache=True, error_model="numpy")
def rectified_power(x, q):
    """relu(x)^q for a float64 x (NaN stays NaN) and a whole q >= 1."""
    result = 0.0 if x < 0.0 else x
    for _ in range(q - 1):
        result *= x
    return result


@numba.njit(cache=True, error_model="numpy")
def margin(w, y, z, q, output_scale):
    """y (F_1 - F_-1) in float64, from the noise projections z (2m,) of one point."""
    m = z.size // 2
    feature_minus = feature_plus = noise_minus = noise_plus = 0.0
    for c in range(m):
        feature_minus += rectified_power(float(y * w[0, c]), q)
        feature_plus += rectified_power(float(y * w[0, m + c]), q)
        noise_minus += rectified_power(float(z[c]), q)
        noise_plus += rectified_power(float(z[m + c]), q)
    return output_scale * y * ((feature_plus - feature_minus) + (noise_plus - noise_minus))


@numba.njit(cache=True, error_model="numpy")
def margins(w, index, value, y, q, output_scale):
    """The margins y_i (F_1 - F_-1) (n,) float64 of a sample; w (d, 2m), index and value (n, k)."""
    out = np.empty(y.size)
    z = np.empty(w.shape[1], w.dtype)
    for i in range(y.size):
        project(w, index[i], value[i], z)
        out[i] = margin(w, y[i], z, q, output_scale)
    return out


@numba.njit(cache=True, error_model="numpy")
def add_gradient(w, g, index, value, y, q, output_scale, weight, z):
    """Add weight * grad L_i to g (tang2025, Lemma A.7 without decay); returns the margin.

    With pi = 1 / (1 + exp(margin)) the gradient in w_jr is
    -output_scale y j pi [sigma'(<w_jr, y v>) y v + sigma'(<w_jr, xi>) xi].
    z: work space (2m,) in the dtype of w.
    """
    project(w, index, value, z)
    result = margin(w, y, z, q, output_scale)
    m = z.size // 2
    pull = weight * output_scale * y * q / (1.0 + math.exp(result))
    for c in range(z.size):
        towards = pull if c < m else -pull
        g[0, c] += y * towards * rectified_power(float(y * w[0, c]), q - 1)
        z[c] = towards * rectified_power(float(z[c]), q - 1)
    for k in range(index.size):
        row = g[index[k]]
        for c in range(z.size):
            row[c] += value[k] * z[c]
    return result


@numba.njit(cache=True, error_model="numpy")
def gradient(w, g, batch, index, value, y, q, output_scale, z):
    """Add the gradient of the mean loss over `batch` to g; False if a margin is not finite."""
    finite = True
    for b in range(batch.size):
        i = batch[b]
        reached = add_gradient(w, g, index[i], value[i], y[i], q, output_scale, 1.0 / batch.size, z)
        finite &= math.isfinite(reached)
    return finite


@numba.njit(cache=True, error_model="numpy", nogil=True)
def advance(w, m, v, g, columns, index, value, y, q, output_scale, rule, seed, batch_size, start, stop):
    """Train from step `start` to `stop`; returns the step reached, `stop` unless a margin diverged.

    w, m, g (d, 2m) and v are updated in place; g is zero on entry and on return. The result does
    not depend on how a run is cut into calls.
    """
    n = y.size
    per_epoch = n // batch_size
    order = np.arange(n)
    scratch = np.empty(n, np.uint64)
    z = np.empty(w.shape[1], w.dtype)
    for step in range(start, stop):
        place = step % per_epoch
        if batch_size < n and (place == 0 or step == start):
            shuffle(seed, step, per_epoch, order, scratch)
        batch = order[place * batch_size : (place + 1) * batch_size]
        if not gradient(w, g, batch, index, value, y, q, output_scale, z):
            return step
        update(w, m, v, g, columns, rule, step + 1)
    return stop
