"""A folder of JPEG and PNG images in the layout of ImageNet: train/<class>/... and val/<class>/...

Labels are the places of the classes of `train` in the order of their names. The largest square in the middle
of an image is resized; of a large set only the images that are drawn are decoded.
"""

import hashlib
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from adamatlas.datasets.decoded import Chunks, decoded, stamp
from adamatlas.datasets.parts import Pixels
from adamatlas.errors import UserError

SUFFIXES = (".jpeg", ".jpg", ".png")
_TOGETHER = 256


@dataclass(frozen=True, eq=False)
class Files:
    """Images that are decoded, to `side` x `side`, when they are drawn; stamps: as `decoded.stamp`."""

    name: str
    side: int
    paths: list[Path]
    stamps: list[str]
    labels: np.ndarray

    def holding(self, index: np.ndarray) -> tuple[Pixels, np.ndarray]:
        """The images of `index` alone. Raises UserError, naming it, for one that cannot be decoded."""
        chosen, places = np.unique(index, return_inverse=True)
        stamps = [f"{self.side} pixels", *(self.stamps[i] for i in chosen)]
        made = decoded(self.name, stamps, lambda: {"images": self._decode(chosen)})
        return Pixels(made["images"], self.labels[chosen]), places

    def _decode(self, chosen: np.ndarray) -> Chunks:
        def pieces():
            with ThreadPoolExecutor() as pool:
                for first in range(0, len(chosen), _TOGETHER):
                    some = [self.paths[i] for i in chosen[first : first + _TOGETHER]]
                    yield np.stack([*pool.map(lambda path: image(path, self.side), some)])

        return Chunks((len(chosen), 3, self.side, self.side), np.uint8, pieces())


def absent(place: Path) -> Path | None:
    """The folder of training images, where it is not there."""
    return None if (place / "train").is_dir() else place / "train"


def load(place: Path, side: int) -> tuple[tuple[Files, ...], list[str], str]:
    """The parts, the classes, and the SHA-256 of the names and sizes of all files.

    Raises UserError for a folder without classes, a class without images, and a class of `val` alone.
    """
    classes = sorted(found.name for found in os.scandir(place / "train") if found.is_dir())
    if not classes:
        raise UserError(f"{place / 'train'}: no folders in it; there must be one for each class")
    parts, listing = [], hashlib.sha256()
    for part in ("train", "val"):
        if part == "val" and not (place / part).is_dir():
            break
        if unknown := {found.name for found in os.scandir(place / part) if found.is_dir()} - {*classes}:
            text = f"no such class in {place / 'train'}; both need the same folders"
            raise UserError(f"{place / part / min(unknown)}: {text}")
        paths = [_images(place / part / name, required=part == "train") for name in classes]
        labels = np.repeat(np.arange(len(classes)), [len(found) for found in paths])
        every = [path for found in paths for path in found]
        for path in every:
            listing.update(f"{path.relative_to(place).as_posix()} {path.stat().st_size}\n".encode())
        parts.append(Files(place.name, side, every, [*map(stamp, every)], labels))
    return tuple(parts), classes, listing.hexdigest()


def image(path: Path, side: int) -> np.ndarray:
    """The pixels (3, side, side) uint8 of a file. Raises UserError, naming it, where it cannot be decoded."""
    from PIL import Image

    try:
        with Image.open(path) as opened:
            short = min(opened.size)
            left, top = ((given - short) // 2 for given in opened.size)
            middle = opened.convert("RGB").crop((left, top, left + short, top + short))
            found = middle.resize((side, side), Image.Resampling.BILINEAR)
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise UserError(f"{path}: a broken image ({error}); replace or remove it") from None
    return np.asarray(found).transpose(2, 0, 1)


def _images(folder: Path, required: bool) -> list[Path]:
    """The images anywhere in the folder of a class, in the order of their names."""
    found = [
        Path(here, name)
        for here, _, names in os.walk(folder, followlinks=True)
        for name in names
        if name.lower().endswith(SUFFIXES)
    ]
    if required and not found:
        raise UserError(f"{folder}: no JPEG or PNG image in it; fill or remove this class")
    return sorted(found)
