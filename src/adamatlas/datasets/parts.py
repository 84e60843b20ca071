"""The folder of image sets, and a set as its readers hand it over."""

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

VARIABLE = "ADAMATLAS_DATA_DIR"


def folder() -> Path:
    """The folder of image sets: $ADAMATLAS_DATA_DIR (`data_dir` of the config), else the user's cache."""
    if chosen := os.environ.get(VARIABLE):
        return Path(chosen).expanduser()
    default = "~/Library/Caches" if sys.platform == "darwin" else "~/.cache"
    return Path(os.environ.get("XDG_CACHE_HOME") or default).expanduser() / "adamatlas" / "data"


class Part(Protocol):
    """The training or the test part of a set."""

    labels: np.ndarray
    """(n,) int64."""

    def holding(self, index: np.ndarray) -> tuple["Pixels", np.ndarray]:
        """Decoded images with those of `index` (k,) among them, and their places (k,) there."""


@dataclass(frozen=True, eq=False)
class Pixels:
    """Decoded images (n, channels, rows, columns) uint8, and their labels (n,) int64: a whole part."""

    images: np.ndarray
    labels: np.ndarray

    def holding(self, index: np.ndarray) -> tuple["Pixels", np.ndarray]:
        """All of them, whichever are wanted."""
        return self, index


@dataclass(frozen=True)
class ImageSet:
    """parts: the training part, then the test part where there is one; shape: (channels, rows, columns).

    classes: their number; names: of the classes, where they are folders. contents: `official`, or what they
    are instead; checksum: of all files, 64 hexadecimal digits.
    """

    parts: tuple[Part, ...]
    shape: tuple[int, int, int]
    classes: int
    contents: str
    checksum: str
    names: tuple[str, ...] = ()
