"""Find an image set on this machine, read it, and compare it with the official one."""

import hashlib
import sys
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from adamatlas.datasets import cifar, idx, image_folder
from adamatlas.datasets.catalogue import EMBEDDED, SETS
from adamatlas.datasets.parts import VARIABLE, ImageSet, folder
from adamatlas.errors import UserError

__all__ = ["ABOUT", "VARIABLE", "folder", "home", "load", "missing"]

ABOUT = "ABOUT.txt"
"""A file whose first line says what a set with other contents than the official ones is."""
_READERS = {"idx": idx, "cifar": cifar}


def home(settings: Mapping[str, Any]) -> Path:
    """The folder of one set."""
    name = settings["dataset"]
    return Path(__file__).parent if name in EMBEDDED else folder() / (settings.get("folder") or name)


def missing(settings: Mapping[str, Any]) -> str | None:
    """What to do about a set whose files are not there, in one line; None where they are."""
    name, place = settings["dataset"], home(settings)
    entry = SETS[name]
    if entry.reader == "image_folder":
        if path := image_folder.absent(place):
            return (
                f"{path}: no such folder; put the images there, in one folder for each class, or name "
                f"another `folder`, or `data_dir` in config.yaml"
            )
        return None
    path = _READERS[entry.reader].absent(entry, place)
    if path is None:
        return None
    shown = f"{path}[.gz]" if entry.reader == "idx" else f"{path}, or {path.parent / entry.unpacked}"
    return (
        f"{shown}: no such file; put the files of {name} there, name another folder as "
        f"`data_dir` in config.yaml, or fetch them: adamatlas fetch {name}"
    )


def load(settings: Mapping[str, Any]) -> ImageSet:
    """The set of `settings` (dataset; folder and image_size of an imagefolder), read once in a process.

    Other contents than the official ones are accepted with a warning on stderr. Raises UserError, in one
    line, for a set that is not there, and for files that are damaged or do not fit each other.
    """
    if said := missing(settings):
        raise UserError(said)
    return _load(settings["dataset"], home(settings), settings.get("image_size"))


@lru_cache(maxsize=1)
def _load(name: str, place: Path, side: int | None) -> ImageSet:
    entry = SETS[name]
    if entry.reader == "image_folder":
        files, classes, checksum = image_folder.load(place, side)
        return ImageSet(files, (3, side, side), len(classes), place.name, checksum, tuple(classes))
    parts, digests, different = _READERS[entry.reader].load(entry, place)
    listed = "".join(f"{digest}  {file}\n" for file, digest in digests.items())
    checksum = hashlib.sha256(listed.encode()).hexdigest()
    contents = (
        f"{_about(place)}not the official contents: {', '.join(different)}" if different else "official"
    )
    if different:
        print(f"adamatlas: warning: {name} in {place}: {contents}", file=sys.stderr)
    return ImageSet(parts, entry.shape, entry.classes, contents, checksum)


def _about(place: Path) -> str:
    """`JPEG-recompressed, `, as the set's owner says; empty where nobody says it."""
    try:
        lines = (place / ABOUT).read_text(encoding="utf-8").split("\n")
    except OSError:
        return ""
    return f"{lines[0].strip()}, "
