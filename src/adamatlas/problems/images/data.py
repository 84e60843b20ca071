"""Draws of an image set: which images train, validate and test.

A seed permutes the training part and takes n_train, then n_val images from it; the test images come from a
permutation of the official test part, or follow the others where the set has none. With `per_class` = k, only
the first k images of each class of that permutation are there to be taken. A draw holds places in the set, no
pixels: scale, noise and augmentation belong to the lane.
"""

from typing import Any

import numpy as np

from adamatlas.datasets.catalogue import check_sizes
from adamatlas.datasets.local import home, load
from adamatlas.errors import UserError
from adamatlas.randomness import PURPOSES, permute

SPLITS = ("train", "val", "test")
DIMS = {
    "train_index": ("seed", "sample"),
    "val_index": ("seed", "val_sample"),
    "test_index": ("seed", "test_sample"),
}


def sample(settings: dict[str, Any], seed: int) -> dict[str, np.ndarray]:
    """The places (n,) int32 of the images of each split, in the part of the set that they are from.

    What is to be decoded is decoded here. Raises UserError where the set is missing, damaged, or too small.
    """
    parts = load(settings).parts
    counts = [settings[name] for name in ("n_train", "n_val", "n_test")]
    order = _permutation(seed, 0, len(parts[0].labels))
    if settings["per_class"] is not None:
        order = _first_of_each_class(order, settings)
    sizes = (len(order), *(len(part.labels) for part in parts[1:]))
    try:
        check_sizes(settings["dataset"], sizes, *counts)
    except ValueError as error:
        raise UserError(str(error)) from None
    n_train, n_val, n_test = counts
    train, val, rest = np.split(order, [n_train, n_train + n_val])
    test = (rest if len(parts) == 1 else _permutation(seed, 1, sizes[1]))[:n_test]
    for part, index in ((parts[0], train), (parts[0], val), (parts[-1], test)):
        part.holding(index)
    return {
        f"{split}_index": index.astype(np.int32)
        for split, index in zip(SPLITS, (train, val, test), strict=True)
    }


def provenance(settings: dict[str, Any]) -> dict[str, str]:
    """Attributes of a data file: the set, whether it is the official one, and the checksum of its files.

    The first two are handed on to all that is made from it; a training refuses another set than this one.
    """
    found = load(settings)
    return {
        "data_set": settings["dataset"],
        "data_set_contents": found.contents,
        "data_set_checksum": found.checksum,
    }


def _first_of_each_class(order: np.ndarray, settings: dict[str, Any]) -> np.ndarray:
    """Those of `order` that are among the first `per_class` of their class in it."""
    found, count = load(settings), settings["per_class"]
    labels = found.parts[0].labels
    sizes = np.bincount(labels, minlength=found.classes)
    if sizes.min() < count:
        scarce = int(sizes.argmin())
        name = found.names[scarce] if found.names else scarce
        text = f"class {name} has {sizes[scarce]} training images in {home(settings)}"
        raise UserError(f"per_class = {count}, but {text}")
    by_class = np.argsort(labels[order], kind="stable")
    rank = np.empty(len(order), np.int64)
    rank[by_class] = np.arange(len(order)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    return order[rank < count]


def _permutation(seed: int, stream: int, n: int) -> np.ndarray:
    out = np.empty(n, np.int64)
    permute(seed, PURPOSES["train"], stream, out, np.empty(n, np.uint64))
    return out
