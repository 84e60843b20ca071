"""Specs as canonical JSON, and their identity."""

import hashlib
import json
from typing import Any


def canonical(obj: Any) -> str:
    """`obj` as JSON with sorted keys, no spaces and the shortest floats that read back the same."""
    return json.dumps(obj, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def identity(obj: Any) -> str:
    """The first 16 hexadecimal digits of the SHA-256 of `canonical(obj)`."""
    return hashlib.sha256(canonical(obj).encode()).hexdigest()[:16]
