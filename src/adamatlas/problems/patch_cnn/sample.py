"""A training sample laid out for the compiled passes."""

from typing import Any, NamedTuple

import numpy as np

from adamatlas.problems.patch_cnn.data import dense_patches, patches


class Sample(NamedTuple):
    """n examples in the dtype of the weights.

    index, value (n, k): the noise patches as pairs; y (n,): labels +-1; square (n,): |xi_i|^2;
    overlap (n,): <y_i v, xi_i>, both float64.
    dense (n, d): the noise patches in full where they are dense, and across (d, n) their transpose, else
    (0, 0).
    start (d + 1,), who (n k,), amount (n k,): the pairs sorted by coordinate where every step visits all
    examples and the patches are sparse, else empty: coordinate c is held by the examples
    who[start[c]:start[c+1]].
    """

    index: np.ndarray
    value: np.ndarray
    y: np.ndarray
    square: np.ndarray
    overlap: np.ndarray
    dense: np.ndarray
    across: np.ndarray
    start: np.ndarray
    who: np.ndarray
    amount: np.ndarray


def arrange(
    draw: dict[str, np.ndarray], settings: dict[str, Any], dtype: str, full_batch: bool = False
) -> Sample:
    """The Sample of a draw under the settings of a lane."""
    index, value = patches(draw, settings)
    y = draw["y"].astype(dtype)
    dense = dense_patches(draw, settings) if settings["sampler"] == "dense" else np.zeros((0, 0))
    start, who, amount = 3 * (np.zeros(0),)
    if full_batch and not dense.size:
        order = np.argsort(index, axis=None, kind="stable")
        start = np.concatenate([[0], np.cumsum(np.bincount(index.ravel(), minlength=settings["d"]))])
        who, amount = order // index.shape[1], value.ravel()[order]
    at_signal = np.where(index == 0, value, 0.0).sum(axis=1)
    return Sample(
        *(index.astype(np.uint32), value.astype(dtype), y, (value**2).sum(axis=1), y * at_signal),
        *(dense.astype(dtype), np.ascontiguousarray(dense.T.astype(dtype))),
        *(start.astype(np.int64), who.astype(np.uint32), amount.astype(dtype)),
    )
