"""Draws of the feature-noise patch distribution (tang2025 and zou2023, Definition 3.1; meng2023, 2.1).

y is uniform on {-1, +1}. The feature patch is y v with v = e_1. The noise patch has s coordinates, a
uniform random subset of {2..d}, with N(0, sigma_p^2) entries, and -alpha y on coordinate 1. Dense noise,
orthogonal to the signal, is s = d - 1 (and alpha = 0 in meng2023). The sampler `disjoint` gives no coordinate
to two training examples, as the theories suppose (zou2023, Lemma 5.1; tang2025, Lemma A.4).
A draw holds standard normals; sigma_p and alpha are applied by `patches`, so that they can be lanes.
"""

import numpy as np

from adamatlas.compiled import drawing
from adamatlas.randomness import PURPOSES, normals, subset, words

DIMS = {
    "y": ("seed", "sample"),
    "position": ("seed", "sample"),
    "index": ("seed", "sample", "support"),
    "noise": ("seed", "sample", "support"),
}

_LABELS, _SUPPORT, _NOISE = 0, 1, 2


def sample(settings: dict, seed: int, purpose: str = "train", n: int | None = None) -> dict[str, np.ndarray]:
    """Draw n points (settings["n_train"] by default) of the stream (seed, purpose).

    Returns y (n,) int8; position (n,) int8, which of the two patches is the feature patch;
    index (n, s) int32 ascending in 1..d-1; noise (n, s) float64 standard normal. The training draw
    has exactly n/2 points of each class, as in the papers' experiments; other draws are i.i.d.
    """
    count = settings["n_train"] if n is None else n
    d, s = settings["d"], settings["s"]
    key = PURPOSES[purpose]
    bits = np.empty(2 * count, np.uint64)
    words(seed, key, _LABELS, bits)
    y = np.where(bits[:count] >> np.uint64(31) == 1, 1, -1).astype(np.int8)
    if purpose == "train":
        y[np.argsort(bits[:count], kind="stable")] = np.where(np.arange(count) < count // 2, -1, 1)
    if s == d - 1:
        index = np.tile(np.arange(1, d, dtype=np.int32), (count, 1))
    elif settings["sampler"] == "disjoint" and purpose == "train":
        index = _disjoint_supports(seed, key, d, count, s)
    else:
        index = np.empty((count, s), np.int32)
        _draw_supports(seed, key, d, index)
    noise = np.empty((count, s))
    _draw_noise(seed, key, noise)
    return {
        "y": y,
        "position": (bits[count:] >> np.uint64(31)).astype(np.int8),
        "index": index,
        "noise": noise,
    }


def _disjoint_supports(seed: int, purpose: int, d: int, count: int, s: int) -> np.ndarray:
    """Random subsets of 1..d-1 without a coordinate in common, (count, s) int32, each row ascending."""
    bits = np.empty(d - 1, np.uint64)
    words(seed, purpose, _SUPPORT, bits)
    shuffled = np.argsort(bits, kind="stable")[: count * s].astype(np.int32)
    return np.sort(shuffled.reshape(count, s) + 1, axis=1)


@drawing
def _draw_supports(seed, purpose, d, index):
    """Write a random subset of 1..d-1 to each row of index (n, s) int32; a row has a stream of its own."""
    pool, scratch = np.empty(d - 1, np.int32), np.empty(index.shape[1], np.uint64)
    for i in range(len(index)):
        subset(seed, purpose, (i << 2) + _SUPPORT, pool, index[i], scratch)
        for k in range(index.shape[1]):
            index[i, k] += 1


@drawing
def _draw_noise(seed, purpose, noise):
    """Write standard normals to each row of noise (n, s) float64; a row has a stream of its own."""
    for i in range(len(noise)):
        normals(seed, purpose, (i << 2) + _NOISE, noise[i])


def patches(draw: dict[str, np.ndarray], settings: dict) -> tuple[np.ndarray, np.ndarray]:
    """The noise patches as pairs: index (n, s+1) int32 and value (n, s+1) float64.

    The last pair is coordinate 1 (index 0) with the feature noise -alpha y.
    """
    y = np.asarray(draw["y"], dtype=np.float64)
    index = np.zeros((y.size, draw["index"].shape[1] + 1), np.int32)
    value = np.empty(index.shape)
    index[:, :-1] = draw["index"]
    value[:, :-1] = settings["sigma_p"] * np.asarray(draw["noise"])
    value[:, -1] = -settings["alpha"] * y
    return index, value


def dense_patches(
    draw: dict[str, np.ndarray], settings: dict, dtype: str | np.dtype = "float64"
) -> np.ndarray:
    """The noise patches (n, d) in full, rounded to `dtype`."""
    noise, sigma_p = np.asarray(draw["noise"]), settings["sigma_p"]
    out = np.zeros((len(noise), settings["d"]), dtype)
    out[:, 0] = -settings["alpha"] * np.asarray(draw["y"], dtype=np.float64)
    if noise.shape[1] == settings["d"] - 1:
        np.multiply(noise, sigma_p, out=out[:, 1:], casting="same_kind")
    else:
        np.put_along_axis(
            out, np.asarray(draw["index"]).astype(np.intp), (sigma_p * noise).astype(dtype), axis=1
        )
    return out
