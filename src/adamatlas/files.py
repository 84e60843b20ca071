"""Writing files atomically, and saying why one could not be written.

A file is written to a temporary name in the same folder, flushed to disk, and then renamed.
"""

import errno
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from adamatlas.errors import UserError


def write_json(obj: Any, path: str | Path) -> None:
    """Write `obj` as indented JSON, atomically; NaN is refused (ValueError): use None."""
    write_text(json.dumps(obj, indent=2, allow_nan=False, ensure_ascii=False) + "\n", path)


def read_json(path: str | Path) -> Any:
    """Read a JSON file; raise UserError if it is missing or not JSON."""
    try:
        return json.loads(Path(path).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UserError(f"{path}: no such file") from None
    except ValueError as error:
        raise UserError(f"{path}: not JSON ({error}); {remedy(path)}") from None


def write_text(text: str, path: str | Path) -> None:
    """Write a text file, atomically."""
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8")
        flush(temporary)


@contextmanager
def replacing(path: str | Path) -> Iterator[Path]:
    """Give a temporary path beside `path` that becomes `path` if the block ends well and is removed if not.

    Raises UserError, naming `path`, for a full disk and for a folder that cannot be written.
    """
    path = Path(path)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield temporary
        os.replace(temporary, path)
    except (OSError, RuntimeError) as error:
        raise UserError(f"{path}: cannot be written: {_reason(error, path)}") from error
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


def flush(path: Path) -> None:
    """Have the system write a file to the disk."""
    with open(path, "rb+") as stream:
        os.fsync(stream.fileno())


def remedy(path: str | Path) -> str:
    """What to do about a damaged file; a person may have named one of their own."""
    return f"if a run made it, remove it and run again (rm {path}; snakemake --cores all)"


def _reason(error: Exception, path: Path) -> str:
    """Why `path` could not be written; the NetCDF library hides a full disk behind "HDF error"."""
    if isinstance(error, OSError) and error.errno not in (None, errno.EIO) and error.errno > 0:
        return f"{os.strerror(error.errno)}; make room, or change results_dir in config.yaml"
    try:
        stat = os.statvfs(path.parent)
        if stat.f_bavail * stat.f_frsize < 1 << 20:
            return f"{os.strerror(errno.ENOSPC)}; make room, or change results_dir in config.yaml"
    except OSError:
        pass
    return str(error)
