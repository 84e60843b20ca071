"""Draws of an image set: which images train, validate and test.

A seed permutes the training part and takes n_train, then n_val images from it; the test images come from a
permutation of the official test part, or follow the others where the set has none. A draw holds the clean
images as stored: noise and scale belong to the lane.
"""

from typing import Any

import numpy as np

from adamatlas.datasets.catalogue import check_sizes
from adamatlas.datasets.local import load
from adamatlas.errors import UserError
from adamatlas.randomness import PURPOSES, permute

DIMS = {
    "train_image": ("seed", "sample", "row", "column"),
    "train_label": ("seed", "sample"),
    "val_image": ("seed", "val_sample", "row", "column"),
    "val_label": ("seed", "val_sample"),
    "test_image": ("seed", "test_sample", "row", "column"),
    "test_label": ("seed", "test_sample"),
}


def sample(settings: dict[str, Any], seed: int) -> dict[str, np.ndarray]:
    """The images (n, rows, columns) and labels (n,) of the three splits, uint8.

    Raises UserError where the set is missing or too small.
    """
    parts = load(settings["dataset"]).parts
    sizes = tuple(len(labels) for _, labels in parts)
    counts = [settings[name] for name in ("n_train", "n_val", "n_test")]
    try:
        check_sizes(settings["dataset"], sizes, *counts)
    except ValueError as error:
        raise UserError(str(error)) from None
    n_train, n_val, n_test = counts
    order = _permutation(seed, 0, sizes[0])
    chosen = {"train": (0, order[:n_train]), "val": (0, order[n_train : n_train + n_val])}
    if len(parts) == 1:
        chosen["test"] = 0, order[n_train + n_val : n_train + n_val + n_test]
    else:
        chosen["test"] = 1, _permutation(seed, 1, sizes[1])[:n_test]
    drawn = {}
    for split, (part, index) in chosen.items():
        images, labels = parts[part]
        drawn |= {f"{split}_image": images[index], f"{split}_label": labels[index]}
    return drawn


def provenance(settings: dict[str, Any]) -> dict[str, str]:
    """Attributes of a data file and of what is made from it: the set, and whether it is the official one."""
    return {"data_set": settings["dataset"], "data_set_contents": load(settings["dataset"]).note}


def _permutation(seed: int, stream: int, n: int) -> np.ndarray:
    out = np.empty(n, np.int64)
    permute(seed, PURPOSES["train"], stream, out, np.empty(n, np.uint64))
    return out
