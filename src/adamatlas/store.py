"""Every NetCDF, JSON and checkpoint file of adamatlas is read and written here.

A file appears under its final name only when it is complete (`files`), a NetCDF file after it was opened
again and checked. It carries its kind, the spec that it was made from, and a checksum of its contents.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import json
import os
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import netCDF4
import numpy as np

from adamatlas import __version__
from adamatlas.arrays import Arrays, Variable
from adamatlas.errors import UserError
from adamatlas.files import flush, read_json, remedy, replacing, write_json, write_text
from adamatlas.specs import canonical, identity

if TYPE_CHECKING:
    import xarray as xr

__all__ = [
    "content_sha256", "read_arrays", "read_attrs", "read_checkpoint", "read_dataset", "read_json",
    "read_spec", "replacing", "source_commit", "verify", "write_checkpoint", "write_dataset", "write_json",
    "write_text",
]  # fmt: skip

FORMAT = 1
KINDS = ("data", "trace", "measure", "cube")
_META, _DIGEST = "__meta__", "__sha256__"


def write_dataset(
    ds: xr.Dataset | Arrays, path: str | Path, *, spec: Mapping[str, Any], attrs: Mapping[str, Any]
) -> None:
    """Write `ds` to the NetCDF file `path`, atomically.

    `spec` is what the file was made from; `attrs` must name the file's `kind` and may add global attributes
    (mappings and lists become JSON, booleans 0 or 1, None is left out). Raises UserError when the disk is
    full or the folder cannot be written; no partial file stays behind.
    """
    if attrs.get("kind") not in KINDS:
        raise ValueError(f"attrs['kind'] must be one of {KINDS}, not {attrs.get('kind')!r}")
    arrays = ds if isinstance(ds, Arrays) else Arrays.of(ds)
    said = {name: _plain(value) for name, value in {**arrays.attrs, **attrs}.items() if value is not None}
    said |= {
        "format": FORMAT,
        "spec_json": canonical(spec),
        "spec_id": identity(spec),
        "content_sha256": content_sha256(arrays),
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "adamatlas_version": __version__,
        "source_commit": source_commit(),
    }
    with replacing(path) as temporary:
        _write(Arrays(arrays.variables, arrays.coords, said), temporary)
        flush(temporary)
        _check(_read(temporary), Path(path))


def read_dataset(path: str | Path, *, expect: str | None = None, spec_id: str | None = None) -> xr.Dataset:
    """`read_arrays` as an xarray.Dataset."""
    return read_arrays(path, expect=expect, spec_id=spec_id).to_xarray()


def read_arrays(path: str | Path, *, expect: str | None = None, spec_id: str | None = None) -> Arrays:
    """Read the NetCDF file `path` into memory.

    `expect` is the kind that the file must have, `spec_id` the identity of the spec that it must come from.
    Raises UserError for a file that is missing, truncated, foreign, damaged, or not the one expected.
    """
    path = Path(path)
    if not path.is_file():
        raise UserError(f"{path}: no such file")
    arrays = _read(path)
    _check(arrays, path)
    if expect is not None and arrays.attrs["kind"] != expect:
        raise UserError(f"{path}: holds a {arrays.attrs['kind']}, not a {expect}; {remedy(path)}")
    if spec_id is not None and arrays.attrs["spec_id"] != spec_id:
        raise UserError(
            f"{path}: was made from another spec ({arrays.attrs['spec_id']}, not {spec_id}): it is outdated, "
            f"or in the place of another; {remedy(path)}"
        )
    return arrays


def read_attrs(path: str | Path) -> dict[str, Any]:
    """The global attributes of a NetCDF file, its contents unread. UserError where it cannot be opened."""
    try:
        with netCDF4.Dataset(str(path)) as stored:
            return _attrs(stored)
    except (OSError, RuntimeError, AttributeError) as error:
        raise UserError(f"{path}: {_unread(error, Path(path))}") from None


def read_spec(ds: xr.Dataset | Arrays) -> dict[str, Any]:
    """The spec that `ds` was made from."""
    return json.loads(ds.attrs["spec_json"])


def verify(path: str | Path, *, spec_id: str | None = None) -> None:
    """Check a JSON file, or a NetCDF file against its recorded spec, its content checksum and `spec_id`.

    Raises UserError if it is damaged or another one.
    """
    if Path(path).suffix == ".json":
        read_json(path)
    else:
        read_arrays(path, spec_id=spec_id)


def content_sha256(ds: xr.Dataset | Arrays) -> str:
    """Checksum over the names, dims and values of all variables and coordinates, sorted by name."""
    digest = hashlib.sha256()
    for name, variable in sorted(ds.variables.items(), key=lambda item: str(item[0])):
        values = np.asarray(variable.values)
        header = [str(name), list(map(str, variable.dims)), list(values.shape)]
        if values.dtype.kind in "OUT":
            digest.update(canonical([*header, "str", values.astype(str).ravel().tolist()]).encode())
        else:
            values = np.ascontiguousarray(values, dtype=values.dtype.newbyteorder("<"))
            digest.update(canonical([*header, values.dtype.str]).encode())
            digest.update(values.data if values.ndim else values.tobytes())
    return digest.hexdigest()


def write_checkpoint(path: str | Path, arrays: Mapping[str, np.ndarray], meta: Mapping[str, Any]) -> None:
    """Write the state of an unfinished job, atomically: named arrays, and `meta` that JSON can hold."""
    stored = {**arrays, _META: np.array(canonical(meta))}
    with replacing(path) as temporary, open(temporary, "wb") as stream:
        np.savez(stream, **stored, **{_DIGEST: np.array(_sha256(stored))})
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
        intact = digest == _sha256(arrays)
    except FileNotFoundError:
        return None
    except Exception as error:  # a damaged archive may fail anywhere in numpy, zipfile or zlib
        raise UserError(f"{path}: not a checkpoint that can be read ({error})") from None
    if not intact:
        raise UserError(f"{path}: its contents do not fit their checksum")
    return arrays, json.loads(str(arrays.pop(_META)))


def _sha256(arrays: Mapping[str, np.ndarray]) -> str:
    return content_sha256(Arrays({name: Variable((), values, {}) for name, values in arrays.items()}))


@cache
def source_commit() -> str:
    """The git commit of the source tree that runs, with `-dirty` where it has been changed since.

    "unknown" without one or without git.
    """
    root = Path(__file__).resolve().parents[2]
    if not (root / ".git").exists():
        return "unknown"
    try:
        answer = subprocess.run(
            ["git", "-C", root, "describe", "--always", "--abbrev=40", "--exclude=*", "--dirty"],
            capture_output=True,
            text=True,
            check=False,
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


def _write(arrays: Arrays, path: Path) -> None:
    """As xarray writes a dataset: text as strings, a variable's coordinates named in an attribute of it."""
    aside = {name for name in arrays.coords if name not in arrays.variables[name].dims}
    named: set[str] = set()
    with netCDF4.Dataset(str(path), "w") as file:
        for name, variable in arrays.variables.items():
            values = np.asarray(variable.values)
            for dim, size in zip(variable.dims, values.shape, strict=True):
                if dim not in file.dimensions:
                    file.createDimension(dim, size)
            text = values.dtype.kind in "OUT"
            made = file.createVariable(name, str if text else values.dtype, variable.dims)
            made.setncatts(variable.attrs)
            if name not in aside and name not in variable.dims:
                own = sorted(one for one in aside if {*arrays.variables[one].dims} <= {*variable.dims})
                named |= {*own}
                if own:
                    made.coordinates = " ".join(own)
            made[...] = values.astype(object) if text else values
        file.setncatts(arrays.attrs)
        if aside - named:
            file.coordinates = " ".join(sorted(aside - named))


def _read(path: Path) -> Arrays:
    variables, coords = {}, set()
    try:
        with netCDF4.Dataset(str(path)) as file:
            file.set_auto_maskandscale(False)
            attrs = _attrs(file)
            coords.update(attrs.pop("coordinates", "").split())
            for name, variable in file.variables.items():
                own = _attrs(variable)
                coords.update(own.pop("coordinates", "").split())
                values = np.asarray(variable[...])
                values = values.astype(str) if values.dtype == object else values
                variables[name] = Variable(variable.dimensions, values, own)
    except (OSError, RuntimeError, ValueError, AttributeError) as error:
        raise UserError(f"{path}: {_unread(error, path)}") from None
    coords.update(name for name, one in variables.items() if name in one.dims)
    return Arrays(variables, frozenset(coords), attrs)


def _attrs(stored: netCDF4.Dataset | netCDF4.Variable) -> dict[str, Any]:
    return {name: stored.getncattr(name) for name in stored.ncattrs()}


def _check(arrays: Arrays, shown: Path) -> None:
    """Raise UserError, about the file `shown`, unless `arrays` are intact and written by adamatlas."""
    attrs = arrays.attrs
    required = {"format", "kind", "spec_json", "spec_id", "content_sha256"}
    if missing := sorted(required - attrs.keys()):
        raise UserError(f"{shown}: not written by adamatlas (no attribute {missing[0]!r}); {remedy(shown)}")
    if attrs["format"] != FORMAT:
        raise UserError(
            f"{shown}: has format {attrs['format']}, this adamatlas reads {FORMAT}; {remedy(shown)}"
        )
    if hashlib.sha256(attrs["spec_json"].encode()).hexdigest()[:16] != attrs["spec_id"]:
        raise UserError(f"{shown}: its recorded spec does not fit its spec_id; {remedy(shown)}")
    if content_sha256(arrays) != attrs["content_sha256"]:
        raise UserError(f"{shown}: its contents do not fit their checksum; {remedy(shown)}")


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
    return f"truncated, or not a NetCDF file ({error}); {remedy(path)}"
