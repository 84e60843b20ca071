"""Cubes of one study from several runs or machines, joined over cells and seeds."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from adamatlas import compare, cubes, store
from adamatlas.errors import UserError
from adamatlas.specs import canonical

ALIKE = ("paper", "scale", "title", "reference", "dims", "tied")
"""What the specs of all parts must say alike, beside their settings."""
FOLLOWS = {
    "optimizer": ("optimizer",),
    "regularizer": ("regularizer",),
    "schedule": ("batch_size", "epochs", "n_train", "steps"),
}
"""The axes that the keys of a part of the settings may go with: two optimizers have betas of their own."""
PROVENANCE = (
    "engine", "device", "numba_version", "torch_version", "adamatlas_version", "source_commit", "fingerprint",
    "created", "content_sha256",
)  # fmt: skip
Settings = dict[tuple[str, ...], Any]
"""Settings by path: ("optimizer", "lr")."""


@dataclass(frozen=True)
class Part:
    """One cube of those that are merged."""

    file: Path
    cube: xr.Dataset

    @cached_property
    def spec(self) -> dict[str, Any]:
        """What it was gathered from."""
        return store.read_spec(self.cube)

    @cached_property
    def axes(self) -> set[str]:
        """Every axis: dims and those tied to one."""
        return {*self.spec["dims"], *self.spec["tied"]}

    @cached_property
    def cells(self) -> dict[str, tuple[dict[str, Any], Settings]]:
        """(axes, settings) of each cell, by its axes as canonical JSON."""
        shared = _flat(self.spec["config"])
        return {
            canonical(cell["axes"]): (cell["axes"], shared | _flat(cell.get("own", {})))
            for cell in self.spec["cells"]
        }

    @cached_property
    def seeds(self) -> set[int]:
        """The seeds of all its cells."""
        return {seed for cell in self.spec["cells"] for seed in cell["seeds"]}

    @cached_property
    def runs(self) -> xr.Dataset:
        """Its runs as the measures give them: over (run, ...), with their place as coordinates on `run`."""
        ran = np.argwhere(self.cube["status"].values > 0).T
        places = zip(self.cube["status"].dims, ran, strict=True)
        return self.cube.isel({dim: ("run", index) for dim, index in places})

    @cached_property
    def places(self) -> dict[tuple, int]:
        """The number of each run by its place: (*dims, seed)."""
        columns = [self.runs[name].values.tolist() for name in (*self.spec["dims"], "seed")]
        return {place: number for number, place in enumerate(zip(*columns, strict=True))}

    def provenance(self) -> list[dict[str, Any]]:
        """Where its runs come from: one entry, or those of the parts that it was merged from itself."""
        attrs = self.cube.attrs
        if "parts" in attrs:
            return json.loads(attrs["parts"])
        return [{name: attrs[name] for name in PROVENANCE if name in attrs} | {"runs": len(self.places)}]


def merge(files: Sequence[Path], rtol: float = 0.0, atol: float = 0.0) -> tuple[xr.Dataset, dict[str, Any]]:
    """(cube, spec) of all runs of several cubes of one study; the order of the files does not matter.

    A run that several cubes hold must be the same in all, up to the tolerances of `compare`, and is taken
    from the oldest. The attribute `parts` lists where the runs come from, `missing` the seeds of
    cells that no part has run. Raises UserError where files are no cubes, or not of one study with the same
    settings and data, or where a run differs.
    """
    parts = [Part(file, store.read_dataset(file, expect="cube")) for file in files]
    parts.sort(key=lambda part: (part.cube.attrs["created"], part.cube.attrs["content_sha256"]))
    for one, two in itertools.combinations(parts, 2):
        if text := next(_differences(one, two, rtol, atol), None):
            raise UserError(f"{two.file} cannot be merged with {one.file}: {text}")
    spec = _spec(parts)
    cube = cubes.gather(_alike(*reversed(parts)), spec | {"partial": True})
    if "missing" in cube.attrs:
        spec["partial"] = True
    about = {name: value for name, value in parts[0].cube.attrs.items() if name.startswith("data_set")}
    origins = [origin for part in parts for origin in part.provenance()]
    unique = sorted({canonical(origin): origin for origin in origins}.items())
    return cube.assign_attrs(about, parts=[origin for _, origin in unique]), spec


def _differences(one: Part, two: Part, rtol: float, atol: float) -> Iterator[str]:
    """What keeps two cubes apart."""
    studies = [part.spec["id"] for part in (one, two)]
    if studies[0] != studies[1]:
        yield f"it holds {studies[1]}, not {studies[0]}"
        return
    for key in ALIKE:
        if one.spec[key] != two.spec[key]:
            yield f"its {key} is {_said(two.spec[key])}, not {_said(one.spec[key])}"
    attrs = one.cube.attrs, two.cube.attrs
    about = (name for name in {**attrs[0], **attrs[1]} if name.startswith(("data_set", "seed_scheme")))
    for name in sorted(about):
        first, second = (said.get(name, "not said") for said in attrs)
        if first != second:
            yield f"its {name} is {second}, not {first}"
    yield from compare.datasets(*(runs.isel(run=[]) for runs in _alike(two, one)))
    yield from _other_settings(one, two)
    yield from _other_values(one, two, rtol, atol)


def _other_settings(one: Part, two: Part) -> Iterator[str]:
    """Settings that differ: between all cells of one and all of the other, or in a cell of both.

    The former only where the axes that a setting may go with (FOLLOWS) have the same values.
    """
    mine, other = _constants(one), _constants(two)
    for path, where in sorted(mine.keys() & other.keys()):
        (first, *more), (second, *others) = mine[path, where], other[path, where]
        if not more and not others and first != second:
            yield f"{_key(path)} is {second}, not {first}"
    for name in sorted(one.cells.keys() & two.cells.keys()):
        (axes, mine), (_, other) = one.cells[name], two.cells[name]
        for path in sorted(mine.keys() & other.keys()):
            if path[-1] not in one.axes and mine[path] != other[path]:
                yield f"{_key(path)} is {_said(other[path])}, not {_said(mine[path])}, at {_point(axes)}"


def _constants(part: Part) -> dict[tuple[tuple[str, ...], str], dict[str, None]]:
    """The values of each setting, as texts, by its path and the axes that it may go with."""
    found: dict[tuple[tuple[str, ...], str], dict[str, None]] = {}
    for axes, settings in part.cells.values():
        for path in (path for path in settings if path[-1] not in part.axes):
            where = canonical([axes.get(axis) for axis in FOLLOWS.get(path[0], ())])
            found.setdefault((path, where), {})[_said(settings[path])] = None
    return found


def _other_values(one: Part, two: Part, rtol: float, atol: float) -> Iterator[str]:
    """The first run of both cubes that differs."""
    shared = [place for place in one.places if place in two.places]
    pair = zip((two, one), _alike(two, one), strict=True)
    runs = [found.isel(run=[part.places[place] for place in shared]) for part, found in pair]
    if next(compare.datasets(*runs, rtol, atol), None) is None:
        return
    for number, place in enumerate(shared):
        if text := next(compare.datasets(*(part.isel(run=[number]) for part in runs), rtol, atol), None):
            yield f"{text} at {_point(dict(zip((*one.spec['dims'], 'seed'), place, strict=True)))}"


def _spec(parts: Sequence[Part]) -> dict[str, Any]:
    """The spec of the merged cube: the cells of all parts, and what is constant in them.

    A cell asks for the seeds of all parts, unless it has fewer than others have in its own part.
    """
    settings: dict[str, Settings] = {}
    for name, (_, said) in (cell for part in parts for cell in part.cells.items()):
        settings[name] = settings.get(name, {}) | said
    first, *others = settings.values()
    constants = {
        path: value for path, value in first.items() if all(_holds(one, path, value) for one in others)
    }
    cells: dict[str, dict[str, Any]] = {}
    every = {seed for part in parts for seed in part.seeds}
    for part, cell in ((one, cell) for one in parts for cell in one.spec["cells"]):
        own = {
            path: value
            for path, value in settings[canonical(cell["axes"])].items()
            if path not in constants and path[-1] not in parts[0].axes
        }
        made = cells.setdefault(
            canonical([cell["axes"], cell["lane_axes"]]),
            {"axes": cell["axes"], "lane_axes": cell["lane_axes"], "seeds": []} | {"own": _nested(own)},
        )
        asked = every if {*cell["seeds"]} == part.seeds else cell["seeds"]
        made["seeds"] = sorted({*made["seeds"], *asked})
    return {
        **{key: parts[0].spec[key] for key in ("id", *ALIKE)},
        "cells": sorted(cells.values(), key=_order),
        "config": _nested(constants),
        "measures": sorted({id for part in parts for id in part.spec["measures"]}),
    }


def _order(cell: Mapping[str, Any]) -> list:
    """Numbers ascending, names in alphabetical order, as the config sorts cells."""
    values = [value for _, value in sorted(cell["axes"].items())]
    return [*((isinstance(value, str), value) for value in values), canonical(cell["lane_axes"])]


def _alike(*parts: Part) -> list[xr.Dataset]:
    """The runs of each part, all with the snapshots of the longest."""
    longest = max(part.runs.sizes.get("snapshot", 0) for part in parts)
    places, padding = np.arange(longest), {"step": -1}
    return [
        part.runs.reindex(snapshot=places, fill_value=padding) if "snapshot" in part.runs.dims else part.runs
        for part in parts
    ]


def _flat(settings: Mapping[str, Any], under: tuple[str, ...] = ()) -> Settings:
    found: Settings = {}
    for name, value in settings.items():
        path = (*under, name)
        found |= _flat(value, path) if isinstance(value, Mapping) and not under else {path: value}
    return found


def _nested(settings: Settings) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for path, value in settings.items():
        here = out.setdefault(path[0], {}) if len(path) > 1 else out
        here[path[-1]] = value
    return out


def _holds(settings: Settings, path: tuple[str, ...], value: Any) -> bool:
    return path in settings and settings[path] == value


def _key(path: tuple[str, ...]) -> str:
    return ".".join(path)


def _said(value: Any) -> str:
    return value if isinstance(value, str) else canonical(value)


def _point(axes: Mapping[str, Any]) -> str:
    return ", ".join(f"{axis}={_said(value)}" for axis, value in axes.items()) or "its only cell"
