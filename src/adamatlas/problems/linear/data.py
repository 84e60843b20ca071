"""Draws for the linear model: those of the patch distribution, both patches side by side."""

import numpy as np

from adamatlas.problems.patch_cnn.data import DIMS, patches, sample

__all__ = ["DIMS", "pairs", "sample"]


def pairs(draw: dict[str, np.ndarray], settings: dict) -> tuple[np.ndarray, np.ndarray]:
    """The inputs x = [x_1, x_2] in R^(2d) as pairs: index (n, s+2) int32 and value (n, s+2) float64.

    `position` says whether the feature patch y v is x_1 (0) or x_2 (1); the noise patch is the other.
    """
    index, value = patches(draw, settings)
    position = np.asarray(draw["position"]).astype(np.int32)[:, None]
    d = np.int32(settings["d"])
    y = np.asarray(draw["y"], dtype=np.float64)[:, None]
    return np.hstack([index + (1 - position) * d, position * d]), np.hstack([value, y])
