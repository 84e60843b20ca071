"""Growth of the feature under gradient descent from a small start (zou2023, Lemmas A.8 and A.9).

While the outputs are small, l' = -1/2, and one class, half of the examples, drives a neuron: z = <w_jr, j v>
follows z(t+1) = z(t) + (eta q/4) z(t)^(q-1), whose continuous course is straight in z^(2-q).
"""

import numpy as np


def reaches(level: float, start: np.ndarray, q: float, lr: float) -> np.ndarray:
    """The steps from z_0 = start to z = level: 4 (z_0^(2-q) - level^(2-q)) / (q (q-2) lr), for q > 2."""
    return 4 * (np.asarray(start, dtype=float) ** (2 - q) - level ** (2 - q)) / (q * (q - 2) * lr)


def crossing(step: np.ndarray, z: np.ndarray, level: float, q: float) -> np.ndarray:
    """The step at which each course z (run, snapshot, ...) first is at `level`, straight in z^(2-q) between
    snapshots; NaN where it is never or from the start, or where z is not positive there.
    """
    above = z >= level
    after = above.argmax(axis=1)
    found = above.any(axis=1) & (after > 0)
    before = np.maximum(after - 1, 0)
    low, high = (np.take_along_axis(z, np.expand_dims(at, 1), axis=1)[:, 0] for at in (before, after))
    with np.errstate(invalid="ignore", divide="ignore"):
        low, high = (np.where(part > 0, part, np.nan) ** (2.0 - q) for part in (low, high))
        share = np.where(found, (low - level ** (2.0 - q)) / (low - high), np.nan)
    return step[before] + share * (step[after] - step[before])
