"""Draws of the matrix sensing problem (li2025, Appendix B.1).

The paper does not say how M* and the measurements are scaled. Here M* = U V' / d with standard normal U and V
(d, rank), and the entries of a measurement A_i are standard normal.
"""

import numpy as np

from adamatlas.randomness import PURPOSES, normals

DIMS = {"measurement": ("seed", "sample", "row", "column"), "truth": ("seed", "row", "column")}

_TRUTH, _MEASUREMENT = 0, 1


def sample(settings: dict, seed: int, purpose: str = "train", n: int | None = None) -> dict[str, np.ndarray]:
    """Draw n measurements (settings["n_train"] by default) of the stream (seed, purpose), and M* of the seed.

    Returns measurement (n, d, d) and truth (d, d), float64. Draws of fewer measurements are the first ones
    of larger draws, and M* is the same for all of them.
    """
    count, d, rank = settings["n_train"] if n is None else n, settings["d"], settings["rank"]
    factors = np.empty(2 * d * rank)
    normals(seed, PURPOSES["train"], _TRUTH, factors)
    left, right = factors.reshape(2, d, rank)
    measurement = np.empty((count, d * d))
    for i in range(count):
        normals(seed, PURPOSES[purpose], (i << 1) + _MEASUREMENT, measurement[i])
    return {"measurement": measurement.reshape(count, d, d), "truth": left @ right.T / d}


def labels(draw: dict[str, np.ndarray]) -> np.ndarray:
    """b_i (n,) = <A_i, M*>, without noise."""
    return np.tensordot(draw["measurement"], draw["truth"], axes=2)
