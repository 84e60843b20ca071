"""Counter-based random numbers: Philox4x32-10 (Salmon et al., SC 2011) compiled with numba.

A stream is named by (seed, purpose, counter). Nothing else enters, so a value does not depend on
how many lanes, threads or chunks a run is cut into.
"""

import math

import numpy as np

from adamatlas.compiled import drawing

PURPOSES = {
    "train": 1, "test": 2, "init": 3, "order": 4, "label_noise": 5, "gradient_noise": 6, "slow_sde": 7,
    "augmentation": 8,
}  # fmt: skip

_WORD = np.uint64(0xFFFFFFFF)
_SHIFT = np.uint64(32)
_M0 = np.uint64(0xD2511F53)
_M1 = np.uint64(0xCD9E8D57)
_W0 = np.uint64(0x9E3779B9)
_W1 = np.uint64(0xBB67AE85)


@drawing
def philox(c0, c1, c2, c3, k0, k1):
    """The ten-round Philox4x32 bijection of the counter (c0..c3) under the key (k0, k1).

    All arguments and results are uint64 numbers below 2**32.
    """
    for _ in range(10):
        p0 = _M0 * c0
        p1 = _M1 * c2
        c0, c1, c2, c3 = (
            (p1 >> _SHIFT) ^ c1 ^ k0,
            p1 & _WORD,
            (p0 >> _SHIFT) ^ c3 ^ k1,
            p0 & _WORD,
        )
        k0 = (k0 + _W0) & _WORD
        k1 = (k1 + _W1) & _WORD
    return c0, c1, c2, c3


@drawing
def words(seed, purpose, stream, out):
    """Fill `out` (uint64, 1-D) with 32-bit words of the stream (seed, purpose, stream)."""
    key = np.uint64(seed) & _WORD, np.uint64(purpose) & _WORD
    low, high = np.uint64(stream) & _WORD, np.uint64(stream) >> _SHIFT
    for block in range((out.size + 3) // 4):
        quad = philox(np.uint64(block) & _WORD, np.uint64(block) >> _SHIFT, low, high, key[0], key[1])
        for lane in range(min(4, out.size - 4 * block)):
            out[4 * block + lane] = quad[lane]


@drawing
def normals(seed, purpose, stream, out):
    """Fill `out` (float64, 1-D) with standard normals: Box-Muller on 32-bit uniforms.

    `u1 = (a + 1) / 2**32` lies in (0, 1], `u2 = b / 2**32`; the pair is
    `sqrt(-2 log u1) (cos 2 pi u2, sin 2 pi u2)`. The tails end at 6.66.
    """
    key = np.uint64(seed) & _WORD, np.uint64(purpose) & _WORD
    low, high = np.uint64(stream) & _WORD, np.uint64(stream) >> _SHIFT
    for block in range((out.size + 3) // 4):
        quad = philox(np.uint64(block) & _WORD, np.uint64(block) >> _SHIFT, low, high, key[0], key[1])
        for half in range(2):
            radius = math.sqrt(-2.0 * math.log((quad[2 * half] + 1.0) * 2.0**-32))
            angle = 2.0 * math.pi * (quad[2 * half + 1] * 2.0**-32)
            first = 4 * block + 2 * half
            if first < out.size:
                out[first] = radius * math.cos(angle)
            if first + 1 < out.size:
                out[first + 1] = radius * math.sin(angle)


@drawing
def permute(seed, purpose, stream, out, scratch):
    """Write a permutation of 0..n-1 into `out` (int64, n); `scratch` is uint64 of the same length.

    Fisher-Yates with one 32-bit word a swap, scaled by multiply-shift: the bias of a position is
    below n / 2**32.
    """
    words(seed, purpose, stream, scratch)
    for i in range(out.size):
        out[i] = i
    for i in range(out.size - 1, 0, -1):
        j = (scratch[i] * np.uint64(i + 1)) >> _SHIFT
        out[i], out[j] = out[j], out[i]


@drawing
def subset(seed, purpose, stream, pool, out, scratch):
    """Write a uniform random subset of 0..pool.size-1 into `out` (int32), ascending.

    A partial Fisher-Yates shuffle; `pool` (int32) and `scratch` (uint64, out.size) are work space.
    """
    words(seed, purpose, stream, scratch)
    for i in range(pool.size):
        pool[i] = i
    for i in range(out.size):
        j = i + np.int64((scratch[i] * np.uint64(pool.size - i)) >> _SHIFT)
        pool[i], pool[j] = pool[j], pool[i]
    for i in range(out.size):
        out[i] = pool[i]
    out.sort()
