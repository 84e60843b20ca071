"""Grid entries: list values, ties, products, and the names of cells."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from adamatlas.config.keys import Constants, Key, checked, clean, foreign
from adamatlas.config.messages import Report
from adamatlas.config.models import Overrides
from adamatlas.config.scalars import expected, plain, show
from adamatlas.specs import canonical

MOST_VALUES = 10_000
_OPTION = "read by the measures only; put it into the study's `settings`"
_SEEDS = Overrides.model_fields["seeds"]


@dataclass(frozen=True)
class Factor:
    """One factor of a product: an axis, or axes tied together; each point has one value an axis."""

    names: tuple[str, ...]
    points: list[tuple[Any, ...]]
    path: str


@dataclass(frozen=True)
class GridEntry:
    """One product of the grid with its own constants; `wrong` are the keys without a right value."""

    path: str
    factors: list[Factor]
    constants: Constants
    seeds: int | None
    wrong: set[str]

    @property
    def names(self) -> set[str]:
        """The axes of this entry."""
        return {name for factor in self.factors for name in factor.names}

    def without(self, axes: set[str]) -> GridEntry:
        """This entry without some axes."""
        return replace(self, factors=[one for one in self.factors if not set(one.names) & axes])

    @property
    def size(self) -> int:
        """Number of grid points."""
        return math.prod(len(factor.points) for factor in self.factors)

    def points(self) -> Iterator[dict[str, Any]]:
        """The grid points {axis: value}."""
        names = [name for factor in self.factors for name in factor.names]
        for combination in itertools.product(*(factor.points for factor in self.factors)):
            yield dict(zip(names, itertools.chain(*combination), strict=True))

    def ends(self) -> GridEntry:
        """This entry with the first and the last point of every factor."""
        ends = [replace(one, points=one.points[:1] + one.points[1:][-1:]) for one in self.factors]
        return replace(self, factors=ends)

    def values(self, axis: str) -> list[Any]:
        """The values of one axis that is tied to no other."""
        return next([value for (value,) in one.points] for one in self.factors if one.names == (axis,))


def parse(raw: Mapping[str, Any], path: str, known: Mapping[str, Key], report: Report) -> GridEntry:
    """The GridEntry of one item of `grid`; what is wrong goes to the report."""
    axes = {key: value for key, value in raw.items() if key not in ("settings", "seeds")}
    factors = [_factor(key, value, f"{path}.{key}", known, report) for key, value in sorted(axes.items())]
    factors = [factor for factor in factors if factor]
    names = [name for factor in factors for name in factor.names]
    twice = sorted({name for name in names if names.count(name) > 1})
    for name in twice:
        report.error(path, f"axis {name} is given twice")
    settings = raw.get("settings", {})
    if not isinstance(settings, dict):
        report.error(f"{path}.settings", f"found {show(settings)}; must be a mapping of keys")
        settings = {}
    constants, wrong = clean(settings, f"{path}.settings", known, report)
    for name in constants.values:
        if known[name].group == "options":
            report.error(f"{path}.settings.{name}", f"is {_OPTION}")
    seeds = checked(raw["seeds"], _SEEDS, f"{path}.seeds", report) if "seeds" in raw else None
    whole = {name for factor in factors if factor.points for name in factor.names}
    wrong |= {name for key in axes for name in _names(key) if name not in whole} | set(twice)
    return GridEntry(path, factors, constants, seeds, wrong)


def axis_values(raw: Any) -> list[Any]:
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
    """A value as a cell name has it."""
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


def ties(entries: list[GridEntry], report: Report, path: str) -> dict[str, str]:
    """{axis: dim} of the tied axes over all entries."""
    out: dict[str, str] = {}
    for entry in entries:
        for factor in entry.factors:
            for name in factor.names[1:]:
                if out.setdefault(name, factor.names[0]) != factor.names[0]:
                    report.error(factor.path, f"{name} is tied to {out[name]} elsewhere in {path}")
    for name, dim in out.items():
        if dim in out:
            report.error(path, f"{name} is tied to {dim}, which is itself tied to {out[dim]}")
    return out


def _factor(key: str, raw: Any, path: str, known: Mapping[str, Key], report: Report) -> Factor | None:
    names = _names(key)
    unknown = [name for name in names if not _is_axis(name, known, path, report)]
    if unknown:
        return None
    try:
        values = axis_values(raw)
    except ValueError as error:
        return report.error(path, f"found {show(raw)}; {error}")
    if not values:
        return report.error(path, "empty list; give at least one value or remove the key")
    points = [
        _point(names, value, f"{path}[{k}]" if isinstance(raw, list) else path, known, report)
        for k, value in enumerate(values)
    ]
    return Factor(names, _distinct([point for point in points if point], path, report), path)


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
        report.error(path, f"{name} is {_OPTION}")
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
        if value is None:
            report.error(path, f"found null; must be {expected(known[name].field)}")
        elif (found := checked(value, known[name].field, path, report)) is not None:
            out.append(found)
    return tuple(out) if len(out) == len(names) else None


def _distinct(points: list[tuple], path: str, report: Report) -> list[tuple]:
    seen: dict[str, tuple] = {}
    for point in points:
        if canonical(point) in seen:
            report.error(path, f"{', '.join(map(token, point))} is listed twice")
        seen[canonical(point)] = point
    return list(seen.values())


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
