"""Fetch an image set from its public mirrors, on request only."""

import gzip
import hashlib
import urllib.error
import urllib.request
import zlib
from pathlib import Path

from adamatlas.datasets.catalogue import EMBEDDED, SETS
from adamatlas.datasets.local import find, home
from adamatlas.errors import UserError
from adamatlas.store import replacing

MIRRORS = {
    "mnist": (
        "https://ossci-datasets.s3.amazonaws.com/mnist/",
        "https://storage.googleapis.com/cvdf-datasets/mnist/",
    )
}
TIMEOUT = 60.0


def fetch(name: str) -> list[Path]:
    """Download the files of a set that are missing into its folder; returns their paths.

    Raises UserError for a set that comes with the package, and where no mirror has a file with the official
    contents.
    """
    if name in EMBEDDED:
        raise UserError(f"{name} comes with adamatlas: there is nothing to fetch")
    return [_fetch(name, file) for file in SETS[name].sha256 if find(name, file) is None]


def _fetch(name: str, file: str) -> Path:
    """One file, from the first mirror that has it right."""
    failures = []
    for mirror in MIRRORS[name]:
        try:
            packed = _download(f"{mirror}{file}.gz")
            found = hashlib.sha256(gzip.decompress(packed)).hexdigest()
        except (OSError, EOFError, zlib.error, urllib.error.URLError) as error:
            failures.append(f"{mirror}: {getattr(error, 'reason', error)}")
            continue
        if found == SETS[name].sha256[file]:
            path = home(name) / f"{file}.gz"
            with replacing(path) as temporary:
                temporary.write_bytes(packed)
            return path
        failures.append(f"{mirror}: other contents than the official file")
    raise UserError(f"{file}: not fetched ({'; '.join(failures)}); put it into {home(name)} by hand")


def _download(address: str) -> bytes:
    with urllib.request.urlopen(address, timeout=TIMEOUT) as answer:
        return answer.read()
