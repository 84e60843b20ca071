"""Fresh noise on the labels at every step t: example b gets number t * batch_size + b of one stream."""

import math
from typing import Any

import numpy as np

from adamatlas.compiled import compiled, drawing
from adamatlas.problems.order import batch
from adamatlas.randomness import PURPOSES, philox

KINDS = {"rademacher": 0, "gaussian": 1}
WINDOW = 512
"""About how many numbers a kernel draws at a time."""

_LABEL_NOISE = np.uint64(PURPOSES["label_noise"])
_WORD, _SHIFT, _NONE = np.uint64(0xFFFFFFFF), np.uint64(32), np.uint64(0)


@drawing
def _block(seed, number):
    counter = np.uint64(number)
    key = np.uint64(seed) & _WORD
    return philox(counter & _WORD, counter >> _SHIFT, _NONE, _NONE, key, _LABEL_NOISE)


@drawing
def _normals(quad):
    """Four standard normals from four words, as `randomness.normals` makes them."""
    r0 = math.sqrt(-2.0 * math.log((quad[0] + 1.0) * 2.0**-32))
    r1 = math.sqrt(-2.0 * math.log((quad[2] + 1.0) * 2.0**-32))
    a0, a1 = 2.0 * math.pi * (quad[1] * 2.0**-32), 2.0 * math.pi * (quad[3] * 2.0**-32)
    return r0 * math.cos(a0), r0 * math.sin(a0), r1 * math.cos(a1), r1 * math.sin(a1)


@drawing
def fill(seed, kind, first, out):
    """Write the numbers first, first + 1, ... of the stream (seed, label_noise) to `out` (float64).

    kind 0: +-1 with equal chances, a bit each; kind 1: standard normals. A number depends on its place alone.
    """
    size = 4 if kind == 1 else 128
    k = 0
    while k < out.size:
        quad = _block(seed, (first + k) // size)
        begin = (first + k) % size
        end = min(size, begin + out.size - k)
        if kind == 1:
            four = _normals(quad)
            for place in range(begin, end):
                out[k + place - begin] = four[place]
        else:
            for place in range(begin, end):
                bit = (quad[place >> 5] >> np.uint64(place & 31)) & np.uint64(1)
                out[k + place - begin] = 1.0 - 2.0 * bit
        k += end - begin


@drawing
def refill(seed, kind, step, start, batch_size, window):
    """The place in `window` of the first number of `step`.

    window: the numbers of k steps, (k * batch_size,) float64, drawn when the first of them or `start`, the
    first step of a call, is reached.
    """
    period = window.size // batch_size
    place = step % period
    if place == 0 or step == start:
        fill(seed, kind, (step - place) * batch_size, window)
    return place * batch_size


@compiled
def relabel(seed, noise, step, start, y, batch, window, out):
    """Write the labels y of the examples `batch` with noise to `out`; noise: (kind, strength)."""
    kind, strength = noise
    first = refill(seed, kind, step, start, batch.size, window)
    for b in range(batch.size):
        out[b] = y[batch[b]] + strength * window[first + b]


@drawing
def window(batch_size):
    """Space for `refill`."""
    return np.empty(batch_size * max(1, WINDOW // batch_size))


def noise(settings: dict[str, Any]) -> tuple[int, float]:
    """(kind, strength) of a problem's label noise, as kernels take them."""
    return KINDS[settings["label_noise"]], float(settings["label_noise_scale"])


class NoisyLabels:
    """A reference model whose labels y (n,), a tensor, get fresh noise at every step; `noisy`: those."""

    def __init__(self, settings: dict[str, Any], seed: int, y: Any) -> None:
        self.settings, self.seed, self.y, self.noisy = settings, seed, y, y

    def batch(self, step: int, batch_size: int) -> np.ndarray:
        """The examples of a step, whose labels get the noise of the step."""
        chosen = batch(self.seed, step, len(self.y), batch_size)
        noise = batch_noise(self.seed, self.settings["label_noise"], step, batch_size)
        self.noisy = self.y.clone()
        self.noisy[chosen] += self.settings["label_noise_scale"] * self.y.new_tensor(noise)
        return chosen


def batch_noise(seed: int, kind: str, step: int, batch_size: int) -> np.ndarray:
    """The noise (batch_size,) of one step at strength 1."""
    out = np.empty(batch_size)
    fill(seed, KINDS[kind], step * batch_size, out)
    return out
