"""Grid entries: list values, ties, products, and the names of cells."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from adamatlas.config.keys import Key, clean, foreign
from adamatlas.config.messages import Report
from adamatlas.config.models import Overrides
from adamatlas.config.scalars import check, expected, plain, show
from adamatlas.specs import canonical

MOST_VALUES = 10_000
_SEEDS = Overrides.model_fields["seeds"]


@dataclass(frozen=True)
class Unit:
    """One factor of a product: an axis, or axes tied together; each point has one value an axis."""

    names: tuple[str, ...]
    points: list[tuple[Any, ...]]
    path: str


@dataclass(frozen=True)
class Entry:
    """One product of the grid with its own constants; `wrong` are the keys without a right value."""

    path: str
    units: list[Unit]
    settings: dict[str, Any]
    seeds: int | None
    wrong: set[str]

    @property
    def names(self) -> set[str]:
        """The axes of this entry."""
        return {name for unit in self.units for name in unit.names}

    def size(self, without: set[str]) -> int:
        """Number of grid points, not counting the axes `without`."""
        return math.prod(len(unit.points) for unit in self.units if not set(unit.names) & without)

    def points(self, without: set[str]) -> list[dict[str, Any]]:
        """The grid points {axis: value}, not counting the axes `without`."""
        units = [unit for unit in self.units if not set(unit.names) & without]
        return [
            {
                name: value
                for unit, point in zip(units, combo, strict=True)
                for name, value in zip(unit.names, point, strict=True)
            }
            for combo in itertools.product(*(unit.points for unit in units))
        ]

    def values(self, axis: str) -> list[Any]:
        """The values of one axis that is tied to no other."""
        return next([point[0] for point in unit.points] for unit in self.units if unit.names == (axis,))


def parse(raw: Mapping[str, Any], path: str, known: Mapping[str, Key], report: Report) -> Entry:
    """The Entry of one item of `grid`; what is wrong goes to the report."""
    axes = {key: value for key, value in raw.items() if key not in ("settings", "seeds")}
    units = [_unit(key, value, f"{path}.{key}", known, report) for key, value in sorted(axes.items())]
    units = [unit for unit in units if unit]
    names = [name for unit in units for name in unit.names]
    twice = sorted({name for name in names if names.count(name) > 1})
    for name in twice:
        report.error(path, f"axis {name} is given twice")
    settings = raw.get("settings", {})
    if not isinstance(settings, dict):
        report.error(f"{path}.settings", f"found {show(settings)}; must be a mapping of keys")
        settings = {}
    constants, wrong = clean(settings, f"{path}.settings", known, report)
    _refuse_options(constants, f"{path}.settings", known, report)
    seeds = _seeds(raw.get("seeds"), f"{path}.seeds", report)
    whole = {name for unit in units if unit.points for name in unit.names}
    wrong |= {name for key in axes for name in _names(key) if name not in whole} | set(twice)
    return Entry(path, units, constants, seeds, wrong)


def expand(raw: Any) -> list[Any]:
    """The values of an axis: a scalar, a list, {logspace: [lo, hi, per_decade]}, {range: [lo, hi, step]}.

    logspace holds the points 10^(k/per_decade), k integer, from lo to hi, rounded to six digits, so that
    overlapping ranges share points. range includes hi. Raises ValueError.
    """
    if isinstance(raw, list):
        return raw
    if not isinstance(raw, dict):
        return [raw]
    if len(raw) != 1 or next(iter(raw)) not in ("logspace", "range"):
        raise ValueError(
            "must be a value, a list, {logspace: [lo, hi, per_decade]} or {range: [lo, hi, step]}"
        )
    kind, limits = next(iter(raw.items()))
    numbers = [plain(item, float) for item in limits] if isinstance(limits, list) else []
    numbers = [item for item in numbers if isinstance(item, int | float) and math.isfinite(item)]
    if len(numbers) != 3 or len(limits) != 3:
        raise ValueError(f"{kind} must be a list of three finite numbers")
    return (_logspace if kind == "logspace" else _range)(*numbers)


def token(value: Any) -> str:
    """A value in a cell name."""
    if isinstance(value, bool):
        return str(value).lower()
    return value if isinstance(value, str) else repr(value)


def cell_name(tokens: Mapping[str, str]) -> str:
    """`batch_size=2~optimizer=adam~weight_decay=1e-05`; `all` without grid axes. Raises ValueError."""
    name = "~".join(f"{axis}={tokens[axis]}" for axis in sorted(tokens)) or "all"
    if len(name.encode()) > 200:
        raise ValueError(f"cell name of {len(name.encode())} bytes, at most 200 fit: {name}; use fewer axes")
    if not re.fullmatch(r"[A-Za-z0-9._=+~-]+", name):
        raise ValueError(f"cell name {name!r} may hold letters, digits and . _ = + ~ - only")
    return name


def ties(entries: list[Entry], report: Report, path: str) -> dict[str, str]:
    """{axis: dim} of the tied axes over all entries."""
    out: dict[str, str] = {}
    for entry in entries:
        for unit in entry.units:
            for name in unit.names[1:]:
                if out.setdefault(name, unit.names[0]) != unit.names[0]:
                    report.error(unit.path, f"{name} is tied to {out[name]} elsewhere in {path}")
    for name, dim in out.items():
        if dim in out:
            report.error(path, f"{name} is tied to {dim}, which is itself tied to {out[dim]}")
    return out


def _unit(key: str, raw: Any, path: str, known: Mapping[str, Key], report: Report) -> Unit | None:
    names = _names(key)
    unknown = [name for name in names if not _is_axis(name, known, path, report)]
    if unknown:
        return None
    try:
        values = expand(raw)
    except ValueError as error:
        return report.error(path, f"found {show(raw)}; {error}")
    if not values:
        return report.error(path, "empty list; give at least one value or remove the key")
    points = [
        _point(names, value, f"{path}[{k}]" if isinstance(raw, list) else path, known, report)
        for k, value in enumerate(values)
    ]
    return Unit(names, _distinct([point for point in points if point], path, report), path)


def _names(key: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in key.split(","))


def _is_axis(name: str, known: Mapping[str, Key], path: str, report: Report) -> bool:
    if name == "seed":
        report.error(path, "seeds are no grid axis; use `seeds: <count>`")
    elif name == "problem":
        report.error(path, "the problem is no grid axis; put it into the study's `settings`")
    elif name not in known:
        report.error(path, foreign(name, known))
    elif known[name].group == "options":
        report.error(path, f"{name} is read by the measures only; put it into the study's `settings`")
    else:
        return True
    return False


def _point(names: tuple, raw: Any, path: str, known: Mapping[str, Key], report: Report) -> tuple | None:
    values = raw if len(names) > 1 and isinstance(raw, list) else [raw]
    if len(values) != len(names):
        wanted = f"a list of {len(names)} values ({', '.join(names)})"
        return report.error(path, f"found {show(raw)}; must be {wanted}")
    out = []
    for name, value in zip(names, values, strict=True):
        field = known[name].field
        try:
            checked = check(value, field)
            if checked is None:
                raise ValueError(f"found null; must be {expected(field)}")
        except ValueError as error:
            report.error(path, str(error))
        else:
            out.append(checked)
    return tuple(out) if len(out) == len(names) else None


def _distinct(points: list[tuple], path: str, report: Report) -> list[tuple]:
    seen: dict[str, tuple] = {}
    for point in points:
        if canonical(point) in seen:
            report.error(path, f"{', '.join(map(token, point))} is listed twice")
        seen[canonical(point)] = point
    return list(seen.values())


def _refuse_options(constants: Mapping, path: str, known: Mapping[str, Key], report: Report) -> None:
    for name in constants:
        if known[name].group == "options":
            report.error(f"{path}.{name}", "is read by the measures only; put it into the study's `settings`")


def _seeds(raw: Any, path: str, report: Report) -> int | None:
    if raw is None:
        return None
    try:
        return check(raw, _SEEDS)
    except ValueError as error:
        return report.error(path, str(error))


def _logspace(low: float, high: float, per_decade: float) -> list[float]:
    if not 0 < low <= high or per_decade < 1 or per_decade != int(per_decade):
        raise ValueError("logspace needs 0 < lo <= hi and a whole number of points per decade")
    first = math.ceil(per_decade * math.log10(low) - 1e-6)
    last = math.floor(per_decade * math.log10(high) + 1e-6)
    _limit(last - first + 1)
    return [float(f"{10 ** (k / per_decade):.6g}") for k in range(first, last + 1)]


def _range(low: float, high: float, step: float) -> list[float]:
    if step <= 0 or high < low:
        raise ValueError("range needs lo <= hi and a step above 0")
    count = math.floor((high - low) / step + 1e-9) + 1
    _limit(count)
    return [float(f"{low + k * step:.12g}") for k in range(count)]


def _limit(count: int) -> None:
    if count > MOST_VALUES:
        raise ValueError(f"{count} values, at most {MOST_VALUES} make sense")
