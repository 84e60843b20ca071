"""The order in which minibatches visit the sample: a fresh permutation every epoch."""

import numpy as np

from adamatlas.compiled import drawing
from adamatlas.randomness import PURPOSES, permute

_ORDER = PURPOSES["order"]


@drawing
def epoch(n):
    """Arrays for `reshuffle` on a sample of n: the order of an epoch, at first 0..n-1, and scratch."""
    return np.arange(n), np.empty(n, np.uint64)


@drawing
def reshuffle(seed, step, start, batch_size, order, scratch):
    """The place in `order` (n,) where the examples of `step`, counted from 0, begin.

    An epoch has n // batch_size steps; what remains of its permutation is not visited. A full batch has the
    order 0..n-1. order, scratch: `epoch(n)`, filled when an epoch or a call (at its first step `start`)
    begins.
    """
    per_epoch = order.size // batch_size
    place = step % per_epoch
    if batch_size < order.size and (place == 0 or step == start):
        shuffle(seed, step, per_epoch, order, scratch)
    return place * batch_size


@drawing
def shuffle(seed, step, steps_per_epoch, order, scratch):
    """Write the permutation of the epoch that `step` (from 0) belongs to into `order`."""
    permute(seed, _ORDER, step // steps_per_epoch, order, scratch)


def batch(seed: int, step: int, n: int, batch_size: int) -> np.ndarray:
    """The sample indices (batch_size,) int64 of one step."""
    order, scratch = epoch(n)
    first = reshuffle(seed, step, step, batch_size, order, scratch)
    return order[first : first + batch_size]
