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
def activate(z, q, slope):
    """Rectify z (2m,) in place and write relu(z)^(q-1) to `slope`, for a whole q >= 1; NaN stays NaN.

    Written as passes over the columns, so that LLVM vectorises each.
    """
    for c in range(z.size):
        z[c] = 0 if z[c] < 0 else z[c]
        slope[c] = 1
    for _ in range(q - 1):
        for c in range(z.size):
            slope[c] *= z[c]


@numba.njit(cache=True, error_model="numpy")
def class_gap(z, slope):
    """sum_r relu(z_r)^q of class +1 minus that of class -1, in float64, from what `activate` left."""
    m = z.size // 2
    minus = plus = 0.0
    for c in range(m):
        minus += float(z[c] * slope[c])
        plus += float(z[m + c] * slope[m + c])
    return plus - minus


@numba.njit(cache=True, error_model="numpy")
def forward(w, index, value, y, q, output_scale, work):
    """The margin y (F_1 - F_-1) in float64 of one point.

    work (4, 2m): rows 0 and 1 are left with relu and its power q - 1 of the noise projections, rows 2
    and 3 with those of the feature projections y w_jr[1].
    """
    noise, noise_slope, feature, feature_slope = work[0], work[1], work[2], work[3]
    project(w, index, value, noise)
    for c in range(feature.size):
        feature[c] = y * w[0, c]
    activate(noise, q, noise_slope)
    activate(feature, q, feature_slope)
    return output_scale * y * (class_gap(feature, feature_slope) + class_gap(noise, noise_slope))


@numba.njit(cache=True, error_model="numpy")
def margins(w, index, value, y, q, output_scale):
    """The margins y_i (F_1 - F_-1) (n,) float64 of a sample; w (d, 2m), index and value (n, k)."""
    out = np.empty(y.size)
    work = np.empty((4, w.shape[1]), w.dtype)
    for i in range(y.size):
        out[i] = forward(w, index[i], value[i], y[i], q, output_scale, work)
    return out


@numba.njit(cache=True, error_model="numpy")
def add_gradient(w, g, index, value, y, q, output_scale, weight, work):
    """Add weight * grad L_i to g (tang2025, Lemma A.7 without decay); returns the margin.

    With pi = 1 / (1 + exp(margin)) the gradient in w_jr is
    -output_scale y j pi [sigma'(<w_jr, y v>) y v + sigma'(<w_jr, xi>) xi].
    work: space (4, 2m) in the dtype of w.
    """
    real = w.dtype.type
    reached = forward(w, index, value, y, q, output_scale, work)
    slope, feature_slope = work[1], work[3]
    m = slope.size // 2
    pull = real(weight * output_scale * y * q / (1.0 + math.exp(reached)))
    for c in range(m):
        slope[c] *= pull
        g[0, c] += y * pull * feature_slope[c]
    for c in range(m, 2 * m):
        slope[c] *= -pull
        g[0, c] -= y * pull * feature_slope[c]
    for k in range(index.size):
        row = g[index[k]]
        for c in range(slope.size):
            row[c] += value[k] * slope[c]
    return reached


@numba.njit(cache=True, error_model="numpy")
def gradient(w, g, batch, index, value, y, q, output_scale, work):
    """Add the gradient of the mean loss over `batch` to g; False if a margin is not finite.

    work: space (4, 2m) in the dtype of w.
    """
    finite = True
    for b in range(batch.size):
        i = batch[b]
        reached = add_gradient(w, g, index[i], value[i], y[i], q, output_scale, 1.0 / batch.size, work)
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
    work = np.empty((4, w.shape[1]), w.dtype)
    for step in range(start, stop):
        place = step % per_epoch
        if batch_size < n and (place == 0 or step == start):
            shuffle(seed, step, per_epoch, order, scratch)
        batch = order[place * batch_size : (place + 1) * batch_size]
        if not gradient(w, g, batch, index, value, y, q, output_scale, work):
            return step
        update(w, m, v, g, columns, rule, step + 1)
    return stop
