"""Every NetCDF, JSON and checkpoint file of adamatlas is read and written here.

A file appears under its final name only when it is complete: it is written to a temporary name in the
same folder, flushed to disk, opened again, checked, and then renamed. Every NetCDF file carries its kind,
the spec that it was made from, and a checksum of its contents.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import json
import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import netCDF4
import numpy as np
import xarray as xr
from xarray.backends import NetCDF4BackendEntrypoint

from adamatlas import __version__
from adamatlas.errors import UserError
from adamatlas.specs import canonical, identity

FORMAT = 1
KINDS = ("data", "trace", "measure", "cube")
_META, _DIGEST = "__meta__", "__sha256__"


def write_dataset(
    ds: xr.Dataset, path: str | Path, *, spec: Mapping[str, Any], attrs: Mapping[str, Any]
) -> None:
    """Write `ds` to the NetCDF file `path`, atomically.

    `spec` is what the file was made from; `attrs` must name the file's `kind` and may add global attributes
    (mappings and lists become JSON, booleans 0 or 1, None is left out). Raises UserError when the disk is
    full or the folder cannot be written; no partial file stays behind.
    """
    if attrs.get("kind") not in KINDS:
        raise ValueError(f"attrs['kind'] must be one of {KINDS}, not {attrs.get('kind')!r}")
    ds = ds.load().drop_encoding()
    ds.attrs = {name: _plain(value) for name, value in (ds.attrs | dict(attrs)).items() if value is not None}
    ds = ds.assign_attrs(
        format=FORMAT,
        spec_json=canonical(spec),
        spec_id=identity(spec),
        content_sha256=content_sha256(ds),
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        adamatlas_version=__version__,
        source_commit=source_commit(),
    )
    with replacing(path) as temporary:
        ds.to_netcdf(
            temporary, engine="netcdf4", encoding={name: {"_FillValue": None} for name in ds.variables}
        )
        _flush(temporary)
        _check(_open(temporary), temporary, shown=Path(path))


def read_dataset(path: str | Path, *, expect: str | None = None, spec_id: str | None = None) -> xr.Dataset:
    """Read the NetCDF file `path` into memory.

    `expect` is the kind that the file must have, `spec_id` the identity of the spec that it must come from.
    Raises UserError for a file that is missing, truncated, foreign, damaged, or not the one expected.
    """
    path = Path(path)
    if not path.is_file():
        raise UserError(f"{path}: no such file")
    ds = _open(path)
    _check(ds, path, shown=path)
    if expect is not None and ds.attrs["kind"] != expect:
        raise UserError(f"{path}: holds a {ds.attrs['kind']}, not a {expect}; {_remedy(path)}")
    if spec_id is not None and ds.attrs["spec_id"] != spec_id:
        raise UserError(
            f"{path}: was made from another spec ({ds.attrs['spec_id']}, not {spec_id}): it is outdated, "
            f"or in the place of another; {_remedy(path)}"
        )
    return ds


def read_attrs(path: str | Path) -> dict[str, Any]:
    """The global attributes of a NetCDF file, its contents unread. UserError where it cannot be opened."""
    try:
        with netCDF4.Dataset(str(path)) as stored:
            return {name: stored.getncattr(name) for name in stored.ncattrs()}
    except (OSError, RuntimeError, AttributeError) as error:
        raise UserError(f"{path}: {_unread(error, Path(path))}") from None


def read_spec(ds: xr.Dataset) -> dict[str, Any]:
    """The spec that `ds` was made from."""
    return json.loads(ds.attrs["spec_json"])


def verify(path: str | Path, *, spec_id: str | None = None) -> None:
    """Check a JSON file, or a NetCDF file against its recorded spec, its content checksum and `spec_id`.

    Raises UserError if it is damaged or another one.
    """
    if Path(path).suffix == ".json":
        read_json(path)
    else:
        read_dataset(path, spec_id=spec_id)


def content_sha256(ds: xr.Dataset) -> str:
    """Checksum over names, dims and values of all variables and coordinates, in sorted order."""
    digest = hashlib.sha256()
    for name in sorted(ds.variables, key=str):
        variable = ds.variables[name]
        values = np.asarray(variable.values)
        header = [str(name), list(map(str, variable.dims)), list(values.shape)]
        if values.dtype.kind in "OUT":
            digest.update(canonical([*header, "str", values.astype(str).ravel().tolist()]).encode())
        else:
            values = np.ascontiguousarray(values, dtype=values.dtype.newbyteorder("<"))
            digest.update(canonical([*header, values.dtype.str]).encode())
            digest.update(values.data if values.ndim else values.tobytes())
    return digest.hexdigest()


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
        raise UserError(f"{path}: not JSON ({error}); {_remedy(path)}") from None


def write_text(text: str, path: str | Path) -> None:
    """Write a text file, atomically."""
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8")
        _flush(temporary)


def write_checkpoint(path: str | Path, arrays: Mapping[str, np.ndarray], meta: Mapping[str, Any]) -> None:
    """Write the state of a job that has not ended: named arrays and JSON-able `meta`, atomically."""
    stored = {**arrays, _META: np.array(canonical(meta))}
    with replacing(path) as temporary, open(temporary, "wb") as stream:
        np.savez(stream, **stored, **{_DIGEST: np.array(_arrays_sha256(stored))})
        stream.flush()
        os.fsync(stream.fileno())


def read_checkpoint(path: str | Path) -> tuple[dict[str, np.ndarray], dict[str, Any]] | None:
    """The arrays and meta of a checkpoint, or None where there is none.

    Raises UserError for a file that is damaged or is none of ours.
    """
    try:
        with open(path, "rb") as stream, np.load(stream, allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
        digest = str(arrays.pop(_DIGEST))
        intact = digest == _arrays_sha256(arrays)
    except FileNotFoundError:
        return None
    except Exception as error:  # a damaged archive may fail anywhere in numpy, zipfile or zlib
        raise UserError(f"{path}: not a checkpoint that can be read ({error})") from None
    if not intact:
        raise UserError(f"{path}: its contents do not fit their checksum")
    return arrays, json.loads(str(arrays.pop(_META)))


def _arrays_sha256(arrays: Mapping[str, np.ndarray]) -> str:
    digest = hashlib.sha256()
    for name in sorted(arrays):
        values = np.ascontiguousarray(arrays[name])
        digest.update(canonical([name, list(values.shape), values.dtype.str]).encode())
        digest.update(values.tobytes())
    return digest.hexdigest()


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


@cache
def source_commit() -> str:
    """The git commit of the source tree that runs, or "unknown" without one or without git."""
    root = Path(__file__).resolve().parents[2]
    if not (root / ".git").exists():
        return "unknown"
    try:
        answer = subprocess.run(
            ["git", "-C", root, "rev-parse", "HEAD"], capture_output=True, text=True, check=False
        )
    except OSError:
        return "unknown"
    return answer.stdout.strip() if answer.returncode == 0 else "unknown"


def _plain(value: Any) -> Any:
    """`value` as something that a NetCDF attribute can hold."""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, Mapping | list | tuple):
        return canonical(value)
    return value


def _open(path: Path) -> xr.Dataset:
    try:
        return xr.load_dataset(path, engine=NetCDF4BackendEntrypoint, decode_times=False)
    except (OSError, RuntimeError, ValueError, AttributeError) as error:
        raise UserError(f"{path}: {_unread(error, path)}") from None


def _check(ds: xr.Dataset, path: Path, *, shown: Path) -> None:
    """Raise UserError unless `ds` is an intact file of ours."""
    attrs = ds.attrs
    required = {"format", "kind", "spec_json", "spec_id", "content_sha256"}
    if missing := sorted(required - attrs.keys()):
        raise UserError(f"{shown}: not written by adamatlas (no attribute {missing[0]!r}); {_remedy(shown)}")
    if attrs["format"] != FORMAT:
        raise UserError(
            f"{shown}: has format {attrs['format']}, this adamatlas reads {FORMAT}; {_remedy(shown)}"
        )
    if hashlib.sha256(attrs["spec_json"].encode()).hexdigest()[:16] != attrs["spec_id"]:
        raise UserError(f"{shown}: its recorded spec does not fit its spec_id; {_remedy(shown)}")
    if content_sha256(ds) != attrs["content_sha256"]:
        raise UserError(f"{shown}: its contents do not fit their checksum; {_remedy(shown)}")


def _flush(path: Path) -> None:
    with open(path, "rb+") as stream:
        os.fsync(stream.fileno())


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


def _unread(error: Exception, path: Path) -> str:
    """Why a NetCDF file could not be opened, and what to do: the advice to remove it is for damage alone.

    The NetCDF library says "HDF error" of all of these.
    """
    try:
        with open(path, "rb") as stream:
            fcntl.flock(stream, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError as cause:
        if cause.errno in (errno.EAGAIN, errno.EACCES) and os.access(path, os.R_OK):
            return "another program holds it open for writing; close it there and try again"
        if cause.errno in (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP):
            return "its file system has no file locks; set HDF5_USE_FILE_LOCKING=FALSE and try again"
        return f"cannot be read ({os.strerror(cause.errno)})"
    return f"truncated, or not a NetCDF file ({error}); {_remedy(path)}"


def _remedy(path: str | Path) -> str:
    return f"remove it and run again (rm {path}; snakemake --cores all)"
