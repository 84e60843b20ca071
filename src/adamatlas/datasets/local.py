"""Find an image set on this machine, read it, and compare it with the official one."""

import os
import sys
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from adamatlas.datasets import idx
from adamatlas.datasets.catalogue import EMBEDDED, SETS
from adamatlas.errors import UserError

VARIABLE = "ADAMATLAS_DATA_DIR"


@dataclass(frozen=True)
class ImageSet:
    """parts: (images (n, rows, columns), labels (n,)) uint8, training first, then test where there is one.

    note: `official`, or which files have other contents than the official set.
    """

    parts: tuple[tuple[np.ndarray, np.ndarray], ...]
    note: str


def folder() -> Path:
    """The folder of image sets: $ADAMATLAS_DATA_DIR (`data_dir` of the config), else the user's cache."""
    if chosen := os.environ.get(VARIABLE):
        return Path(chosen).expanduser()
    default = "~/Library/Caches" if sys.platform == "darwin" else "~/.cache"
    return Path(os.environ.get("XDG_CACHE_HOME") or default).expanduser() / "adamatlas" / "data"


def home(name: str) -> Path:
    """The folder of one set."""
    return Path(__file__).parent if name in EMBEDDED else folder() / name


def missing(name: str) -> str | None:
    """What to do about a set whose files are not there, in one line; None where they are."""
    absent = [home(name) / file for file in SETS[name].sha256 if find(name, file) is None]
    if not absent:
        return None
    return (
        f"{absent[0]}[.gz]: no such file; put the idx files of {name} there, name another folder as "
        f"`data_dir` in config.yaml, or fetch them: adamatlas fetch {name}"
    )


def load(name: str) -> ImageSet:
    """The set `name`. Other contents than the official ones are accepted with a warning on stderr.

    Raises UserError, in one line, for a set that is not there, and for files that do not fit each other.
    """
    if said := missing(name):
        raise UserError(said)
    return _load(name, home(name))


@lru_cache(maxsize=1)
def _load(name: str, place: Path) -> ImageSet:
    entry = SETS[name]
    read = {file: idx.read(find(name, file)) for file in entry.sha256}
    parts = tuple((read[images][0], read[labels][0]) for images, labels in entry.parts)
    for (images, labels), names in zip(parts, entry.parts, strict=True):
        if images.ndim != 3 or labels.shape != images.shape[:1] or labels.max(initial=0) >= entry.classes:
            raise UserError(f"{place}: {' and '.join(names)} are not images and their labels")
    different = [file for file, (_, digest) in read.items() if digest != entry.sha256[file]]
    note = f"not the official contents: {', '.join(different)}" if different else "official"
    if different:
        print(f"adamatlas: warning: {name} in {place}: {note}", file=sys.stderr)
    return ImageSet(parts, note)


def find(name: str, file: str) -> Path | None:
    """The file of a set, plain or packed; None where it is not there."""
    candidates = (home(name) / file, home(name) / f"{file}.gz")
    return next((path for path in candidates if path.is_file()), None)
