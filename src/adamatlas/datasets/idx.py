"""The idx format of MNIST (LeCun, Cortes & Burges): a magic number, big-endian sizes, then the bytes."""

import gzip
import hashlib
import math
import zlib
from pathlib import Path

import numpy as np

from adamatlas.datasets.catalogue import Entry
from adamatlas.datasets.parts import Pixels
from adamatlas.errors import UserError

_GZIP = b"\x1f\x8b"
_UNSIGNED_BYTE = 8


def read(path: Path) -> tuple[np.ndarray, str]:
    """The uint8 array of an idx file, plain or gzip, and the SHA-256 of its unpacked bytes.

    Raises UserError for a file that cannot be read, is damaged, or is no idx file of unsigned bytes.
    """
    try:
        raw = path.read_bytes()
        raw = gzip.decompress(raw) if raw.startswith(_GZIP) else raw
    except (OSError, EOFError, zlib.error) as error:
        raise UserError(f"{path}: cannot be read ({error}); remove it and fetch it again") from None
    start = 4 + 4 * raw[3] if len(raw) > 3 else 4
    if len(raw) < start or raw[:2] != b"\0\0" or raw[2] != _UNSIGNED_BYTE:
        raise UserError(f"{path}: not an idx file of unsigned bytes")
    shape = tuple(np.frombuffer(raw[4:start], ">u4").tolist())
    if len(raw) != start + math.prod(shape):
        raise UserError(f"{path}: truncated or too long for an idx file of shape {shape}")
    return np.frombuffer(raw, np.uint8, offset=start).reshape(shape), hashlib.sha256(raw).hexdigest()


def absent(entry: Entry, place: Path) -> Path | None:
    """The first file of the set that is not in the folder, plain or packed."""
    return next((place / file for file in entry.sha256 if not _path(place, file).is_file()), None)


def load(entry: Entry, place: Path) -> tuple[tuple[Pixels, ...], dict[str, str], list[str]]:
    """The parts of a set, the SHA-256 of each unpacked file, and the files that are not the official ones.

    Raises UserError for files that are no images of the entry's size, or not their labels.
    """
    read_files = {file: read(_path(place, file)) for file in entry.sha256}
    parts = []
    for images, labels in zip(*2 * [iter(read_files)], strict=True):
        pixels, named = read_files[images][0], read_files[labels][0]
        if pixels.ndim != 3 or named.shape != pixels.shape[:1] or named.max(initial=0) >= entry.classes:
            raise UserError(f"{place}: {images} and {labels} are not images and their labels")
        if pixels.shape[1:] != entry.shape[1:]:
            found, right = ("x".join(map(str, sides)) for sides in (pixels.shape[1:], entry.shape[1:]))
            raise UserError(f"{_path(place, images)}: images of {found} pixels; they must be of {right}")
        parts.append(Pixels(pixels[:, None].copy(), named.astype(np.int64)))
    digests = {file: digest for file, (_, digest) in read_files.items()}
    return tuple(parts), digests, [file for file in digests if not _official(entry, place, file, digests)]


def _path(place: Path, file: str) -> Path:
    """The plain file where there is one, else the packed one."""
    plain = place / file
    return plain if plain.is_file() else place / f"{file}.gz"


def _official(entry: Entry, place: Path, file: str, digests: dict[str, str]) -> bool:
    """By the unpacked bytes, or as it was packed where only that checksum is published."""
    if entry.sha256[file]:
        return digests[file] == entry.sha256[file]
    path = _path(place, file)
    return hashlib.md5(path.read_bytes()).hexdigest() == entry.md5.get(path.name)
