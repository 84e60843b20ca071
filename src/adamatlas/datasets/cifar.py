"""The binary version of CIFAR-10 and CIFAR-100 (Krizhevsky), as the packed archive or as the folder in it.

An image is its labels (of CIFAR-100 a coarse and a fine one), then its red, green and blue pixels by rows.
"""

import hashlib
import math
import tarfile
import zlib
from pathlib import Path

import numpy as np

from adamatlas.datasets.catalogue import Entry
from adamatlas.datasets.decoded import Chunks, decoded, stamp
from adamatlas.datasets.parts import Pixels
from adamatlas.errors import UserError


def absent(entry: Entry, place: Path) -> Path | None:
    """The archive, where neither it nor all files of its folder are there."""
    return next((path for path in _sources(entry, place) if not path.is_file()), None)


def load(entry: Entry, place: Path) -> tuple[tuple[Pixels, ...], dict[str, str], list[str]]:
    """The parts of a set, the SHA-256 of each unpacked file, and the files that are not the official ones.

    Raises UserError for an archive that is damaged or is none, and for files that do not hold whole images.
    """
    sources = _sources(entry, place)
    made = decoded(place.name, map(stamp, sources), lambda: _decode(entry, sources))
    parts = tuple(Pixels(made[f"{part}_images"], made[f"{part}_labels"]) for part in ("train", "test"))
    digests = dict(zip(entry.sha256, made["sha256"].tolist(), strict=True))
    return parts, digests, [file for file, digest in digests.items() if digest != entry.sha256[file]]


def _sources(entry: Entry, place: Path) -> list[Path]:
    """The files of the folder where all are there, else the archive."""
    files = [place / entry.unpacked / file for file in entry.sha256]
    return files if all(file.is_file() for file in files) else [place / next(iter(entry.md5))]


def _decode(entry: Entry, sources: list[Path]) -> dict[str, Chunks]:
    raw = _contents(entry, sources)
    size = entry.label_bytes + math.prod(entry.shape)
    records = {}
    for file, content in raw.items():
        where = sources[0] if len(sources) < len(raw) else sources[0].parent
        if not content or len(content) % size:
            text = f"{len(content):,} bytes, which are no whole number of images of {size:,}: truncated?"
            raise UserError(f"{where}: {file} has {text} Fetch it again")
        records[file] = np.frombuffer(content, np.uint8).reshape(-1, size)
        if (largest := records[file][:, entry.label_bytes - 1].max()) >= entry.classes:
            raise UserError(f"{where}: {file} has a label {largest}; they must be below {entry.classes}")
    made = {}
    for part in ("train", "test"):
        own = [found for file, found in records.items() if file.startswith("test") == (part == "test")]
        count = sum(map(len, own))
        pixels = (found[:, entry.label_bytes :].copy() for found in own)
        labels = (found[:, entry.label_bytes - 1].astype(np.int64) for found in own)
        made[f"{part}_images"] = Chunks((count, *entry.shape), np.uint8, pixels)
        made[f"{part}_labels"] = Chunks((count,), np.int64, labels)
    digests = np.array([hashlib.sha256(content).hexdigest() for content in raw.values()])
    return made | {"sha256": Chunks(digests.shape, digests.dtype, [digests])}


def _contents(entry: Entry, sources: list[Path]) -> dict[str, bytes]:
    """The bytes of each file, in the order of the entry."""
    if len(sources) == len(entry.sha256):
        return {path.name: _read(path) for path in sources}
    (archive,) = sources
    wanted = {f"{entry.unpacked}/{file}": file for file in entry.sha256}
    found = {}
    try:
        with tarfile.open(archive, "r|gz") as members:
            for member in members:
                if member.name in wanted and member.isfile():
                    found[wanted[member.name]] = members.extractfile(member).read()
    except (OSError, EOFError, zlib.error, tarfile.TarError) as error:
        text = f"not a complete .tar.gz archive ({error}): truncated, or another file"
        raise UserError(f"{archive}: {text}; remove it and fetch it again") from None
    if missing := [name for name, file in wanted.items() if file not in found]:
        raise UserError(f"{archive}: no {missing[0]} in it; remove it and fetch it again")
    return {file: found[file] for file in entry.sha256}


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror})") from None
