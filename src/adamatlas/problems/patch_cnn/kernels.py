r"""Compiled passes of the two-layer patch network (tang2025, Definition 3.2; meng2023, Sec. 2).

    F_j(x) = output_scale * sum_r [ relu(<w_jr, y v>)^q + relu(<w_jr, xi>)^q ],   j in {-1, +1}
    L_i = -log softmax_{y_i}(F_-1, F_+1) = log(1 + exp(-y_i (F_1 - F_-1)))

Weights are stored (d, 2m), so that one coordinate's neurons are contiguous: columns 0..m-1 are class -1,
columns m..2m-1 class +1. A step projects the weights on the noise patches of its batch, computes the gradient
of each example at these projections (response.py), and carries it back to the coordinates.
"""

import math
from typing import NamedTuple

import numpy as np

from adamatlas.compiled import compiled, unlocked
from adamatlas.optimizers.rule import update
from adamatlas.problems.order import epoch, reshuffle
from adamatlas.problems.patch_cnn.response import (
    add_pulls,
    forward,
    label,
    pull,
    pull_along,
    pull_of_norm,
    see_signal,
)  # fmt: skip
from adamatlas.regularizers.penalty import COVARIANCE, FULL, PER_EXAMPLE, active
from adamatlas.vectors import add_eight_rows, add_row


class Network(NamedTuple):
    """The power of the activation and the factor on the output."""

    q: int
    output_scale: float


class Work(NamedTuple):
    """Scratch of a step in the dtype of the weights: noise, pulls, direction (batch, 2m), rows (3, 2m).

    seen (2, 3, 2m): what the examples of each label share (`see_signal`).
    """

    noise: np.ndarray
    pulls: np.ndarray
    direction: np.ndarray
    rows: np.ndarray
    seen: np.ndarray


def workspace(batch_size: int, columns: int, dtype: str | np.dtype) -> Work:
    """The Work of minibatches of `batch_size` on weights with `columns` columns."""
    noise, pulls, direction = np.zeros((3, batch_size, columns), dtype)
    return Work(noise, pulls, direction, np.zeros((3, columns), dtype), np.zeros((2, 3, columns), dtype))


@compiled
def gather(w, index, value, out):
    """out[c] += sum_k value[k] w[index[k], c], eight pairs at a time."""
    whole = index.size - index.size % 8
    for k in range(0, whole, 8):
        r0, r1, r2, r3 = w[index[k]], w[index[k + 1]], w[index[k + 2]], w[index[k + 3]]
        r4, r5, r6, r7 = w[index[k + 4]], w[index[k + 5]], w[index[k + 6]], w[index[k + 7]]
        x0, x1, x2, x3 = value[k], value[k + 1], value[k + 2], value[k + 3]
        x4, x5, x6, x7 = value[k + 4], value[k + 5], value[k + 6], value[k + 7]
        add_eight_rows(out, x0, x1, x2, x3, x4, x5, x6, x7, r0, r1, r2, r3, r4, r5, r6, r7)
    for k in range(whole, index.size):
        add_row(out, value[k], w[index[k]])


@compiled
def project(w, sample, batch, out):
    """out[b] = <w_c, xi_i> (2m,) for the examples i = batch[b]."""
    if sample.dense.size:
        np.dot(sample.dense if batch.size == len(sample.dense) else sample.dense[batch], w, out)
        return
    for b in range(batch.size):
        out[b] = 0
        gather(w, sample.index[batch[b]], sample.value[batch[b]], out[b])


@compiled
def scatter(pulls, sample, batch, g):
    """g[:, c] += sum_b pulls[b, c] xi_i for the examples i = batch[b]."""
    if sample.dense.size:
        across = sample.across if batch.size == len(sample.dense) else sample.across[:, batch]
        rows = np.dot(across, pulls)
        for row in range(len(g)):
            for c in range(g.shape[1]):
                g[row, c] += rows[row, c]
    elif sample.start.size:
        for row in range(len(g)):
            held = slice(sample.start[row], sample.start[row + 1])
            gather(pulls, sample.who[held], sample.amount[held], g[row])
    else:
        for b in range(batch.size):
            index, value = sample.index[batch[b]], sample.value[batch[b]]
            for k in range(index.size):
                add_row(g[index[k]], value[k], pulls[b])


@compiled
def margins(w, index, value, y, q, output_scale):
    """The margins y_i (F_1 - F_-1) (n,) float64 of a sample; w (d, 2m), index and value (n, k)."""
    out = np.empty(y.size)
    noise = np.empty(w.shape[1], w.dtype)
    work = np.empty((3, w.shape[1]), w.dtype)
    gaps = see_signal(w[0], q, np.empty((2, 3, w.shape[1]), w.dtype))
    for i in range(y.size):
        noise[:] = 0
        gather(w, index[i], value[i], noise)
        out[i] = forward(noise, y[i], q, output_scale, gaps[label(y[i])], work)
    return out


@compiled
def gradient(w, g, batch, sample, network, kind, weight, work):
    """Add the gradient of mean_b L_i + weight R over i in `batch` to g, which is zero; False if not finite.

    kind: which R (regularizers.penalty). g: (d, 2m). work: `workspace` of the batch. A batch as large as
    the sample must be 0..n-1.
    """
    q, output_scale = network
    share = 1.0 / batch.size
    rows = work.rows
    finite = True
    project(w, sample, batch, work.noise)
    gaps = see_signal(w[0], q, work.seen)
    strengths = np.zeros(2)
    signal = np.zeros(w.shape[1], w.dtype)
    for b in range(batch.size):
        i = batch[b]
        y, pulls = sample.y[i], work.pulls[b]
        k = label(y)
        margin = forward(work.noise[b], y, q, output_scale, gaps[k], rows)
        finite &= math.isfinite(margin)
        strengths[k] += pull(margin, y, q, output_scale, share, rows, pulls)
        if kind == PER_EXAMPLE:
            square, overlap, seen = sample.square[i], sample.overlap[i], work.seen[k]
            pull_of_norm(
                margin, y, q, output_scale, share, weight, square, overlap, rows, seen, signal, pulls
            )
    add_pulls(strengths, work.seen, signal)
    scatter(work.pulls, sample, batch, g)
    for c in range(signal.size):
        g[0, c] += signal[c]
    if kind == FULL:
        add_full(g, batch, sample, network, weight, work, gaps)
    elif kind == COVARIANCE:
        add_full(g, batch, sample, network, -weight, work, gaps)
        add_per_example(g, batch, sample, network, weight, work, gaps)
    return finite


@compiled
def add_full(g, batch, sample, network, weight, work, gaps):
    """Add 2 weight H g, the gradient of weight |g|^2, to g = grad L; H is the Hessian of L over the batch.

    `gaps` and `work` as `gradient` leaves them.
    """
    q, output_scale = network
    share = 2.0 * weight / batch.size
    project(g, sample, batch, work.direction)
    u_signal = g[0].copy()
    for b in range(batch.size):
        y, u_noise, pulls = sample.y[batch[b]], work.direction[b], work.pulls[b]
        k = label(y)
        margin = forward(work.noise[b], y, q, output_scale, gaps[k], work.rows)
        pull_along(margin, y, q, output_scale, share, u_signal, u_noise, work.rows, work.seen[k], g[0], pulls)
    scatter(work.pulls, sample, batch, g)


@compiled
def add_per_example(g, batch, sample, network, weight, work, gaps):
    """Add the gradient of weight mean_b |grad L_i|^2; `gaps` and `work` as `gradient` leaves them."""
    q, output_scale = network
    signal = np.zeros(g.shape[1], g.dtype)
    for b in range(batch.size):
        i = batch[b]
        y, pulls = sample.y[i], work.pulls[b]
        k = label(y)
        margin = forward(work.noise[b], y, q, output_scale, gaps[k], work.rows)
        pulls[:] = 0
        square, overlap, share = sample.square[i], sample.overlap[i], 1.0 / batch.size
        pull_of_norm(
            margin, y, q, output_scale, share, weight, square, overlap, work.rows, work.seen[k], signal, pulls
        )
    scatter(work.pulls, sample, batch, g)
    for c in range(signal.size):
        g[0, c] += signal[c]


@unlocked
def advance(w, m, v, g, columns, sample, network, rule, penalty, seed, work, start, stop):
    """Train from step `start` to `stop` in place; returns the step reached, less than `stop` on divergence.

    w, m, g: (d, 2m); g is zero on entry and on return.
    """
    (order, scratch), batch_size = epoch(sample.y.size), len(work.noise)
    for step in range(start, stop):
        first = reshuffle(seed, step, start, batch_size, order, scratch)
        batch = order[first : first + batch_size]
        kind = active(penalty, step)
        if not gradient(w, g, batch, sample, network, kind, penalty.weight, work):
            return step
        update(w, m, v, g, columns, rule, step + 1)
    return stop
