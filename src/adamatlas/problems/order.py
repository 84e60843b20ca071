"""The order in which minibatches visit the sample: a fresh permutation every epoch."""

from __future__ import annotations

import numpy as np

from adamatlas.compiled import drawing
from adamatlas.randomness import PURPOSES, permute

_ORDER = PURPOSES["order"]


@drawing
def shuffle(seed, step, steps_per_epoch, order, scratch):
    """Write the permutation of the epoch that `step` (from 0) belongs to into `order`."""
    permute(seed, _ORDER, step // steps_per_epoch, order, scratch)


def batch(seed: int, step: int, n: int, batch_size: int) -> np.ndarray:
    """The sample indices (batch_size,) int64 of `step`, from 0.

    An epoch has n // batch_size steps; what remains of its permutation is not visited. A full batch
    is visited in the order 0..n-1.
    """
    if batch_size == n:
        return np.arange(n)
    order, scratch = np.empty(n, np.int64), np.empty(n, np.uint64)
    steps_per_epoch = n // batch_size
    shuffle(seed, step, steps_per_epoch, order, scratch)
    first = (step % steps_per_epoch) * batch_size
    return order[first : first + batch_size]
