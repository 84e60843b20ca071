"""Two runs beside each other: which variables of their cubes differ and by how much, which verdicts moved."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from adamatlas import store
from adamatlas.config.models import RENAMED
from adamatlas.errors import UserError
from adamatlas.verdicts import number


@dataclass(frozen=True)
class Difference:
    """Something that differs between the runs, in the study or claim `about`; `moved`: it is the verdict."""

    about: str
    what: str
    moved: bool = False


def runs(one: Path, two: Path, rtol: float = 0.0, atol: float = 0.0) -> tuple[int, list[Difference]]:
    """(number of things compared, what differs) of two results folders.

    A folder is `results/<scale>`, with cubes in `cubes/`, or one that holds cubes itself. Only studies and
    claims of both runs are compared. Numbers count as equal where |a - b| <= atol + rtol |b|, by default
    where they are the same to the bit; NaN equals NaN. Raises UserError where the two have nothing in common.
    """
    both = _common(cubes(one), cubes(two))
    claims = _common(_claims(one), _claims(two))
    if not both and not claims:
        raise UserError(f"{one} and {two} have neither a cube nor a claim in common")
    found = [
        Difference(study, what)
        for study, files in both.items()
        for what in datasets(*map(store.read_dataset, files), rtol, atol)
    ]
    found += [
        Difference(id, what, moved=rows[0]["verdict"] != rows[1]["verdict"])
        for id, rows in claims.items()
        for what in verdicts(*rows, rtol, atol)
    ]
    return len(both) + len(claims), found


def datasets(one: xr.Dataset, two: xr.Dataset, rtol: float = 0.0, atol: float = 0.0) -> Iterator[str]:
    """A line for each variable, coordinate or dim that differs; axes go by the names that they have today."""
    one, two = (
        cube.rename({old: new for old, new in RENAMED.items() if old in cube.variables})
        for cube in (one, two)
    )
    for name in sorted({*one.variables, *two.variables}, key=str):
        if name not in one.variables or name not in two.variables:
            yield f"{name}: only in the {'second' if name in two.variables else 'first'} run"
            continue
        a, b = one[name], two[name]
        if set(a.dims) != set(b.dims) or a.sizes != b.sizes:
            yield f"{name}: {_sizes(a)} and {_sizes(b)}"
        elif text := _values(a.values, b.transpose(*a.dims).values, rtol, atol):
            yield f"{name}: {text}"


def verdicts(one: dict[str, Any], two: dict[str, Any], rtol: float = 0.0, atol: float = 0.0) -> Iterator[str]:
    """What differs between two rows of one claim: the verdict, else the measured number."""
    if one["verdict"] != two["verdict"]:
        yield f"{one['verdict']} -> {two['verdict']} (measured {_measured(one)} -> {_measured(two)})"
    else:
        a, b = (
            np.array([row["measured"], *(row["interval"] or (None, None))], dtype=float) for row in (one, two)
        )
        if not np.allclose(a, b, rtol, atol, equal_nan=True):
            yield f"measured {_measured(one)} -> {_measured(two)}, verdict kept"


def _measured(row: dict[str, Any]) -> str:
    return f"{number(row['measured'])}, n={row['n']}"


def _values(a: np.ndarray, b: np.ndarray, rtol: float, atol: float) -> str:
    """How far two arrays of one shape are apart; nothing where they are equal."""
    if a.dtype.kind not in "biuf" or b.dtype.kind not in "biuf":
        count = int((a.astype(str) != b.astype(str)).sum())
        return f"{count} of {a.size} texts differ" if count else ""
    a, b = a.astype(float), b.astype(float)
    same = np.isclose(a, b, rtol, atol, equal_nan=True)
    if same.all():
        return ""
    a, b = a[~same], b[~same]
    known = np.isfinite(a) & np.isfinite(b)
    text = f"{a.size} of {same.size} values differ"
    if not known.all():
        text += f", {int((~known).sum())} of them NaN or infinite in one run"
    if known.any():
        gap = np.abs(a - b)[known]
        size = np.maximum(np.abs(a), np.abs(b))[known]
        text += f", by at most {gap.max():.3g} ({(gap / np.where(size > 0, size, 1.0)).max():.3g} relative)"
    return text


def _sizes(array: xr.DataArray) -> str:
    return f"({', '.join(f'{dim}: {size}' for dim, size in array.sizes.items())})"


def _common(one: dict[str, Any], two: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    return {name: (one[name], two[name]) for name in one if name in two}


def cubes(folder: Path) -> dict[str, Path]:
    """The cubes by study of a folder of results, or of one that holds cubes itself."""
    if not folder.is_dir():
        raise UserError(f"{folder}: no such folder")
    where = folder / "cubes" if (folder / "cubes").is_dir() else folder
    return {file.stem: file for file in sorted(where.glob("*.nc"))}


def _claims(folder: Path) -> dict[str, dict[str, Any]]:
    file = folder / "claims.json"
    return {row["id"]: row for row in store.read_json(file)} if file.is_file() else {}
