"""The idx format of MNIST (LeCun, Cortes & Burges): a magic number, big-endian sizes, then the bytes."""

import gzip
import hashlib
import math
import zlib
from pathlib import Path

import numpy as np

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
