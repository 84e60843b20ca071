"""Draws of the sparse regression problem (li2025, Section 5.2): Rademacher inputs, a kappa-sparse w*.

Bit k of an input's words (64 coordinates a word, low bits first) is 1 where x_k = -1: it is a sign bit.
"""

import numpy as np

from adamatlas.randomness import PURPOSES, subset, words

DIMS = {"bits": ("seed", "sample", "word"), "truth": ("seed", "coordinate")}

_SUPPORT, _VALUES, _INPUT = 0, 1, 2


def sample(settings: dict, seed: int, purpose: str = "train", n: int | None = None) -> dict[str, np.ndarray]:
    """Draw n inputs (settings["n_train"] by default) of the stream (seed, purpose), and w* of the seed.

    Returns bits (n, ceil(d/64)) uint64 and truth (d,) float64. Draws of fewer inputs are the first ones of
    larger draws, and w* is the same for all of them.
    """
    count, d = settings["n_train"] if n is None else n, settings["d"]
    bits = np.empty((count, -(-d // 64)), np.uint64)
    halves = np.zeros(2 * bits.shape[1], np.uint64)
    for i in range(count):
        words(seed, PURPOSES[purpose], (i << 2) + _INPUT, halves[: -(-d // 32)])
        bits[i] = halves[::2] | (halves[1::2] << np.uint64(32))
    if d % 64:
        bits[:, -1] &= np.uint64((1 << d % 64) - 1)
    return {"bits": bits, "truth": _truth(settings, seed)}


def _truth(settings: dict, seed: int) -> np.ndarray:
    """kappa random coordinates: +-1, or uniform on [-1, 1] with magnitude at least 0.01."""
    d, kappa = settings["d"], settings["kappa"]
    key = PURPOSES["train"]
    support, scratch = np.empty(kappa, np.int32), np.empty(kappa, np.uint64)
    subset(seed, key, _SUPPORT, np.empty(d, np.int32), support, scratch)
    drawn = np.empty(kappa, np.uint64)
    words(seed, key, _VALUES, drawn)
    value = 2.0 * (drawn.astype(np.float64) + 0.5) / 2.0**32 - 1.0
    size = 1.0 if settings["true_weights"] == "signs" else 0.01 + 0.99 * np.abs(value)
    truth = np.zeros(d)
    truth[support] = np.sign(value) * size
    return truth


def signs(bits: np.ndarray, d: int) -> np.ndarray:
    """The inputs x (n, d) int8 of +-1."""
    octets = np.ascontiguousarray(bits).astype("<u8").view(np.uint8)
    return (1 - 2 * np.unpackbits(octets, axis=-1, bitorder="little")[:, :d].astype(np.int8)).astype(np.int8)


def labels(draw: dict[str, np.ndarray]) -> np.ndarray:
    """y (n,) float64: <x_i, w*>, without noise."""
    support = np.flatnonzero(draw["truth"])
    words_of = np.asarray(draw["bits"])[:, support // 64]
    negative = (words_of >> (support % 64).astype(np.uint64)) & np.uint64(1)
    return (1.0 - 2.0 * negative.astype(np.float64)) @ draw["truth"][support]
