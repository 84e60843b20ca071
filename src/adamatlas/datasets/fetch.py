"""Fetch an image set from its public mirrors, on request only."""

import fcntl
import hashlib
import os
import urllib.error
import urllib.request
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from typing import BinaryIO

from adamatlas.datasets.catalogue import SETS
from adamatlas.datasets.local import home, missing
from adamatlas.errors import UserError
from adamatlas.progress import Progress
from adamatlas.registry import suggestion

TIMEOUT = 60.0
_PIECE = 1 << 20
_MB = 10**6
_PAST_THE_END = 416


def fetch(name: str) -> list[Path]:
    """Download the files of a set that are missing into its folder; returns their paths.

    Raises UserError for an unknown set, for one without mirrors, and where no mirror has a file with the
    official contents. What arrived before a connection ended stays in FILE.part, and the next call goes on
    from there.
    """
    if name not in SETS:
        raise UserError(f"no image set {name!r}; {suggestion(name, list(SETS))}")
    entry, place = SETS[name], home({"dataset": name})
    if not entry.mirrors:
        own = "is a folder of your own" if entry.shape is None else "comes with adamatlas"
        raise UserError(f"{name} {own}: there is nothing to fetch")
    if missing({"dataset": name}) is None:
        return []
    files = [file for file in entry.md5 if not _there(place, file)]
    return [_fetch(entry.mirrors, place / file, entry.md5[file]) for file in files]


def _there(place: Path, file: str) -> bool:
    """Whether a file is there, packed or plain."""
    return (place / file).is_file() or (place / file.removesuffix(".gz")).is_file()


def _fetch(mirrors: tuple[str, ...], path: Path, md5: str) -> Path:
    """One file, from the first mirror that has it right."""
    failures = []
    partial = path.with_name(f"{path.name}.part")
    for mirror in mirrors:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with open(partial, "ab") as stream:
                _lock(stream, partial)
                wrong = _download(f"{mirror}{path.name}", stream, md5)
            if wrong is None:
                os.replace(partial, path)
                return path
            failures.append(f"{mirror}: {wrong}")
        except (OSError, HTTPException) as error:
            failures.append(f"{mirror}: {getattr(error, 'reason', error)}")
        finally:
            if partial.is_file() and not partial.stat().st_size:
                partial.unlink()
    raise UserError(f"{path.name}: not fetched ({'; '.join(failures)}); put it into {path.parent} by hand")


def _lock(stream: BinaryIO, partial: Path) -> None:
    try:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise UserError(f"{partial}: another process is fetching it; wait for it") from None


def _download(address: str, stream: BinaryIO, md5: str) -> str | None:
    """Append what is missing of the file at `address`; returns what is wrong with it, None if nothing."""
    resumed = stream.tell()
    _receive(address, stream)
    stream.flush()
    os.fsync(stream.fileno())
    with open(stream.name, "rb") as written:
        page = written.read(256).lstrip()[:1] == b"<"
        written.seek(0)
        found = hashlib.file_digest(written, "md5").hexdigest()
    if found == md5:
        return None
    _empty(stream)
    if resumed:  # the beginning may be of another file
        return _download(address, stream, md5)
    return "an HTML page instead of the file" if page else "other contents than the official file"


def _receive(address: str, stream: BinaryIO) -> None:
    """Raises OSError (ConnectionError) where the connection ends before the file."""
    have = stream.seek(0, os.SEEK_END)
    request = urllib.request.Request(address, headers={"Range": f"bytes={have}-"} if have else {})
    try:
        answer = urllib.request.urlopen(request, timeout=TIMEOUT)
    except urllib.error.HTTPError as error:
        if have and error.code == _PAST_THE_END:
            return
        raise
    with answer:
        if have and not answer.headers.get("Content-Range", "").startswith(f"bytes {have}-"):
            _empty(stream)  # the mirror sends it from its beginning
        total = _total(answer, stream)
        shown = Progress(total // _MB, Path(address).name, unit="MB")
        while piece := answer.read(_PIECE):
            stream.write(piece)
            if total >= _MB:
                shown.update(stream.tell() // _MB)
    if stream.tell() < total:
        raise ConnectionError(f"ended after {stream.tell():,} of {total:,} bytes; run it again to go on")


def _total(answer: HTTPResponse, stream: BinaryIO) -> int:
    """Bytes of the whole file; 0 where the mirror does not say."""
    coming = answer.headers.get("Content-Length")
    return stream.tell() + int(coming) if coming else 0


def _empty(stream: BinaryIO) -> None:
    stream.truncate(0)
    stream.seek(0)
