"""From a study's constants, grid and lanes to its cells and their specs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from pydantic import ValidationError

from adamatlas.config.atlas import Block, Cell
from adamatlas.config.grids import GridEntry, cell_name, ties, token
from adamatlas.config.keys import Constants, engines, in_group, keys, merge, settings_module
from adamatlas.config.messages import Report
from adamatlas.config.oddities import warn_of_idle, warn_of_steep, warn_of_switch_off, warn_of_warm_up
from adamatlas.config.scalars import show
from adamatlas.optimizers.family import NEUTRAL, check
from adamatlas.optimizers.presets import PRESETS
from adamatlas.specs import canonical

MOST_CELLS = 1000
SAMPLE = "n_train"


@dataclass(frozen=True)
class StudyGrid:
    """A study's constants, grid and lanes.

    A grid entry's own constants win over `below`; `above`, which a scale gives, wins over them.
    """

    path: str
    problem: str
    below: Constants
    above: Constants
    entries: list[GridEntry]
    lanes: list[str]
    seeds: int
    first_seed: int

    @property
    def constants(self) -> Constants:
        """The constants of the study, without those of its entries."""
        return self.below.under(self.above)

    @property
    def axes(self) -> list[str]:
        """Every axis of the study, sorted."""
        return sorted({name for entry in self.entries for name in entry.names})

    def constants_in(self, entry: GridEntry) -> Constants:
        """The constants of an entry; `origins` also says where its axes stand."""
        said = self.below.under(entry.constants).under(self.above)
        axes = {name: factor.path for factor in entry.factors for name in factor.names}
        return Constants(said.values, {**said.origins, **axes})


@dataclass(frozen=True)
class Point:
    """A grid point of the study at `path`: the value of every key, and the values `given` to its lanes."""

    problem: str
    path: str
    full: dict[str, Any]
    origins: dict[str, str]
    given: dict[str, list[Any]] = field(default_factory=dict)

    def where(self, key: str) -> str:
        """Where a key was said; for a default, where it could be said."""
        return self.origins.get(key, f"{self.path}.settings")

    def each(self, key: str) -> list[Any]:
        """The values of a key over the lanes."""
        return self.given.get(key, [self.full[key]])

    @property
    def examples(self) -> tuple[str, int]:
        """(name, number) of the training examples; a problem without a sample counts as one example."""
        return (SAMPLE, self.full[SAMPLE]) if SAMPLE in keys(self.problem) else ("examples", 1)


def cells(study: StudyGrid, seed_block: int, report: Report) -> tuple[list[Cell], dict[str, str]]:
    """(cells in the order of their values, tied axes) of a study whose settings and grid are sound."""
    jobs = [entry.without({*study.lanes}) for entry in study.entries]
    count = sum(entry.size for entry in jobs)
    if count > MOST_CELLS:
        text = f"{count} cells, at most {MOST_CELLS} in a study; let axes ride in lanes or split it"
        report.error(f"{study.path}.grid", text)
        return [], {}
    before = len(report.errors)
    warn_of_idle(study, report)
    tied = ties(study.entries, report, f"{study.path}.grid")
    found: dict[str, tuple[Cell, str]] = {}
    for entry, of_cells in zip(study.entries, jobs, strict=True):
        for point in of_cells.points():
            cell = _cell(study, entry, point, seed_block, report)
            if cell is None:
                continue
            key = canonical(cell.axes)
            if key in found:
                other = found[key][1]
                report.error(entry.path, f"grid point {cell.name} is also given by {other}; keep one of them")
            found[key] = (cell, entry.path)
    out = sorted(
        (replace(cell, number=number) for number, (cell, _) in enumerate(found.values())),
        key=lambda cell: [(isinstance(value, str), value) for value in cell.axes.values()],
    )
    _check_ties(out, tied, f"{study.path}.grid", report)
    return (out, tied) if len(report.errors) == before else ([], {})


def shapes(study: StudyGrid, wrong: set[str], report: Report) -> None:
    """Report what the shapes and the batch size alone show, where other keys are `wrong`."""
    own = {*in_group(study.problem, "problem"), "batch_size"}
    others = set(study.axes) - own
    if wrong & own or not wrong <= set(keys(study.problem)):
        return
    entries = [entry.without(others) for entry in study.entries]
    if sum(entry.size for entry in entries) > MOST_CELLS:
        return
    for entry in entries:
        for point in entry.points():
            said = study.constants_in(entry)
            full = resolve(study.problem, {**said.values, **point}, set())
            whole = Point(study.problem, study.path, full, said.origins)
            _batch(whole, report)
            _settings(whole, report)


def resolve(problem: str, values: Mapping[str, Any], axes: set[str]) -> dict[str, Any]:
    """Every key with its number: default < given < what the preset fixes < what is a grid axis."""
    defaults = {
        name: key.field.default
        for name, key in keys(problem).items()
        if not key.field.is_required() and key.group != "options"
    }
    full = {**defaults, "engine": engines(problem)[0], **values}
    preset = PRESETS[full["optimizer"]]
    check(preset, f"optimizers/presets.py, preset {full['optimizer']}")
    fixed = {name: value for name, value in preset.items() if name not in axes}
    return {**full, **fixed}


def _cell(study: StudyGrid, entry: GridEntry, axes: dict, seed_block: int, report: Report) -> Cell | None:
    """The cell of an entry at the values `axes` of its grid axes; None after an error was reported."""
    problem, said = study.problem, study.constants_in(entry)
    given = {name: sorted(entry.values(name)) for name in study.lanes if name in entry.names}
    first = {name: values[0] for name, values in given.items()}
    full = resolve(problem, merge(said.values, {**axes, **first}), entry.names)
    point = Point(problem, study.path, full, said.origins, given)
    schedule, settings = _schedule(point, report), _settings(point, report)
    required = [key.name for key in keys(problem).values() if key.field.is_required()]
    missing = [name for name in required if name not in full]
    for name in missing:
        report.error(f"{study.path}.settings.{name}", "missing; give it in `settings` or as a grid axis")
    own = [name for name in study.axes if name not in study.lanes]
    absent = [name for name in own if full.get(name) is None]
    for name in absent:
        report.error(f"{entry.path}.{name}", "missing; another entry of the grid has this axis")
    if missing or absent or schedule is None or settings is None or not _regularizer(point, report):
        return None
    if clash := getattr(settings_module(problem), "conflict", lambda _: None)(full):
        return report.error(point.where(clash[0]), clash[1])
    warn_of_switch_off(point, schedule, report)
    warn_of_steep(point, report)
    warn_of_warm_up(point, schedule, report)
    if full["engine"] not in engines(problem):
        text = f"found {full['engine']}; {problem} is trained by {', '.join(engines(problem))}"
        return report.error(point.where("engine"), text)
    try:
        name = cell_name({axis: token(full[axis]) for axis in own})
    except ValueError as error:
        return report.error(entry.path, str(error))
    full["batch_size"] = schedule["batch_size"]
    lane_axes = {axis: point.each(axis) for axis in sorted(study.lanes)}
    seeds = [study.first_seed + k for k in range(entry.seeds or study.seeds)]
    cell = Cell(name, {axis: full[axis] for axis in own}, lane_axes, seeds, [])
    spec = {
        "problem": problem,
        "engine": full["engine"],
        "dtype": full["dtype"],
        "settings": settings,
        "optimizer": {name: full[name] for name in NEUTRAL if name in full},
        "regularizer": {name: full[name] for name in in_group(problem, "regularizer")},
        "schedule": schedule,
        "axes": cell.axes,
        "lanes": cell.lane_axes,
    }
    return replace(cell, blocks=_blocks(spec, settings_module(problem).DATA_KEYS, seeds, seed_block))


def _batch(point: Point, report: Report) -> int | None:
    """The batch size as a number; None after an error was reported."""
    (name, n), batch = point.examples, point.full["batch_size"]
    size = n if batch == "full" else batch
    if size > n:
        return report.error(point.where("batch_size"), f"found {size}; must be at most {name} = {n}, or full")
    if rest := n % size:
        text = f"{size} does not divide {name} = {n}: the last {rest} of each epoch's permutation are dropped"
        text += " (every epoch draws a new one, so each example is still used)"
        report.warn(point.where("batch_size"), text)
    return size


def _schedule(point: Point, report: Report) -> dict[str, Any] | None:
    size, full = _batch(point, report), point.full
    if full["epochs"] is None and full["steps"] is None:
        text = "neither epochs nor steps is given; give one of them"
        return report.error(f"{point.path}.settings", text)
    if size is None:
        return None
    per_epoch = point.examples[1] // size
    last = full["snapshot_spacing"] == "last"
    return {
        "batch_size": size,
        "steps": full["steps"] or full["epochs"] * per_epoch,
        "steps_per_epoch": per_epoch,
        "snapshots": 1 if last else full["snapshots"],
        **{name: full[name] for name in ("snapshot_spacing", "weights", "moments")},
    }


def _settings(point: Point, report: Report) -> dict[str, Any] | None:
    full = point.full
    values = {name: full[name] for name in in_group(point.problem, "problem") if name in full}
    try:
        return settings_module(point.problem).Settings(**values).model_dump()
    except ValidationError as error:
        for item in error.errors():
            if item["type"] != "missing":
                name, text = "".join(item["loc"][:1]), item["msg"].removeprefix("Value error, ")
                found = f"found {show(item['input'])}; " if name else ""
                report.error(point.where(name), f"{found}{text}")
    return None


def _regularizer(point: Point, report: Report) -> bool:
    """Whether the problem has this regularizer; it is reported where not."""
    kind, known = point.full["regularizer"], settings_module(point.problem).REGULARIZERS
    if kind not in ("none", *known):
        allowed = ", ".join(("none", *known)) if known else "only none"
        text = f"found {kind}; {point.problem} has no such regularizer, it allows {allowed}"
        report.error(point.where("regularizer"), text)
    return kind in ("none", *known)


def _blocks(spec: dict, data: tuple[str, ...], seeds: list[int], size: int) -> list[Block]:
    drawn = {"problem": spec["problem"], "settings": {name: spec["settings"][name] for name in data}}
    out = []
    for first in range(0, len(seeds), size):
        part = seeds[first : first + size]
        train = {**spec, "lanes": {**spec["lanes"], "seed": part}}
        out.append(Block(f"{part[0]}-{part[-1]}", part, train, {**drawn, "seeds": part}))
    return out


def _check_ties(found: list[Cell], tied: Mapping[str, str], path: str, report: Report) -> None:
    """Report a tied axis that has two values at one place of its dim."""
    for axis, dim in tied.items():
        partner: dict[Any, Any] = {}
        for axes in (cell.axes for cell in found):
            if (value := partner.setdefault(axes[dim], axes[axis])) != axes[axis]:
                pair = f"{token(value)} and {token(axes[axis])}; put the axis whose values differ first"
                text = f"{axis} is tied to {dim}, but {dim} = {token(axes[dim])} comes with {axis} = {pair}"
                report.error(path, text)
                break
