"""Builds the studies of a configuration: settings, grid and lanes become cells, named modules are checked."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from adamatlas.config import layers, references
from adamatlas.config.atlas import Study
from adamatlas.config.cells import StudyGrid, cells, shapes
from adamatlas.config.grids import GridEntry, parse
from adamatlas.config.keys import Constants, clean, in_group, keys
from adamatlas.config.layers import RawStudy
from adamatlas.config.messages import Report
from adamatlas.config.models import ConfigModel, ScaleModel
from adamatlas.registry import suggestion

_ID = re.compile(r"[A-Za-z][A-Za-z0-9_]*\.[A-Za-z][A-Za-z0-9_]*")


def build(config: ConfigModel, broken: set[str], report: Report) -> dict[str, Study]:
    """The studies in the order of the file; what is wrong goes to the report. `broken`: names of studies that
    have keys of a wrong shape."""
    shared = layers.common(config, report)
    studies = [RawStudy(id, model, config.scale) for id, model in config.studies.items()]
    found: dict[str, Study] = {}
    for raw in sorted(studies, key=lambda raw: raw.model.traces_of is not None):
        if not _named(raw, config, report):
            continue
        if raw.model.traces_of:
            parts = _measures_another(raw, config, found, report)
        else:
            parts = _trains(raw, config, shared, raw.id in broken, report)
        study = _study(raw, parts or {})
        references.check(study, raw, report, complete=parts is not None)
        if parts:
            found[raw.id] = study
    return {id: found[id] for id in config.studies if id in found}


def _named(raw: RawStudy, config: ConfigModel, report: Report) -> bool:
    if not _ID.fullmatch(raw.id):
        report.error(raw.path, "must be named <paper>.<name>, of letters, digits and _")
    elif raw.paper not in config.papers:
        report.error(raw.path, f"no paper {raw.paper!r} in papers; {suggestion(raw.paper, [*config.papers])}")
    else:
        return True
    return False


def _study(raw: RawStudy, parts: Mapping[str, Any]) -> Study:
    name = raw.id.partition(".")[2]
    empty = {"problem": "", "dims": [], "tied": {}, "lanes": [], "options": {}, "cells": []}
    said = {"title": raw.said("title")[0] or name, "traces_of": raw.model.traces_of}
    lists = {key: list(raw.said(key)[0] or []) for key in ("measures", "figures", "claims")}
    return Study(id=raw.id, paper=raw.paper, name=name, **said, **lists, **{**empty, **parts})


def _trains(raw: RawStudy, config: ConfigModel, shared: Mapping, broken: bool, report: Report) -> dict | None:
    problem = layers.problem(raw, config, report)
    if problem is None:
        return None
    below, above, wrong = layers.constants(raw, problem, shared, report)
    grid, path = raw.said("grid")
    if grid == []:
        return report.error(path, "empty grid; give at least one product, or remove the key")
    entries = [parse(item, f"{path}[{k}]", keys(problem), report) for k, item in enumerate(grid or [{}])]
    lanes = _lanes(raw, entries, problem, report)
    scale = config.scales.get(raw.scale)
    if raw.overrides.grid is not None:
        below, above = below.under(above), Constants()
    elif scale and scale.grid == "ends":
        entries = [entry.ends() for entry in entries]
    seeds, entries = _seeds(raw, scale, entries)
    study = StudyGrid(raw.path, problem, below, above, entries, lanes, seeds, config.first_seed)
    wrong = wrong.union(*(entry.wrong for entry in entries))
    if broken or wrong:
        shapes(study, wrong, report)
        return None
    found, tied = cells(study, raw.said("seed_block")[0] or config.seed_block, report)
    if not found:
        return None
    return {
        "problem": problem,
        "dims": [axis for axis in study.axes if axis not in tied],
        "tied": dict(sorted(tied.items())),
        "lanes": sorted(lanes),
        "options": {
            key: study.constants.values.get(key, keys(problem)[key].field.default)
            for key in in_group(problem, "options")
        },
        "cells": found,
    }


def _lanes(raw: RawStudy, entries: list[GridEntry], problem: str, report: Report) -> list[str]:
    said, path = raw.said("lanes")
    allowed = sorted(key.name for key in keys(problem).values() if key.lane)
    tied = {name for entry in entries for one in entry.factors if one.names[1:] for name in one.names}
    axes = {name for entry in entries for name in entry.names | entry.wrong}
    right = set()
    for name in said or []:
        if name == "seed":
            report.error(path, "seed is always a lane; remove it")
        elif name not in allowed:
            report.error(path, f"{name} cannot be a lane; lanes of {problem} are {', '.join(allowed)}")
        elif name not in axes:
            report.error(path, f"{name} is not an axis of the grid; {suggestion(name, sorted(axes))}")
        elif name in tied:
            report.error(path, f"{name} is tied to another axis and so cannot be a lane")
        else:
            right.add(name)
    return sorted(right)


def _seeds(raw: RawStudy, scale: ScaleModel | None, entries: list[GridEntry]) -> tuple[int, list[GridEntry]]:
    """A scale's seeds replace those of the study and its entries, but not where the study gives it a grid."""
    override = raw.overrides.seeds or (scale.seeds if scale else None)
    if override and raw.overrides.grid is None:
        entries = [replace(entry, seeds=None) for entry in entries]
    return override or raw.model.seeds or 1, entries


def _measures_another(
    raw: RawStudy, config: ConfigModel, found: Mapping[str, Study], report: Report
) -> dict | None:
    target = raw.model.traces_of
    for key in ("grid", "lanes", "seeds", "seed_block"):
        said, path = raw.said(key)
        if said is not None:
            report.error(path, f"the study measures the traces of {target} and trains nothing; remove {key}")
    model = config.studies.get(target)
    if model is None or model.traces_of:
        others = [id for id, other in config.studies.items() if other.traces_of is None]
        text = f"{target} trains nothing itself" if model else f"no study {target!r}"
        return report.error(f"{raw.path}.traces_of", f"{text}; {suggestion(target, others)}")
    if target not in found:
        return None
    base = found[target]
    shared = {key: getattr(base, key) for key in ("problem", "dims", "tied", "lanes", "cells")}
    return {**shared, "options": _own_options(raw, base, report)}


def _own_options(raw: RawStudy, base: Study, report: Report) -> dict[str, Any]:
    allowed = {name: key for name, key in keys(base.problem).items() if key.group == "options"}
    values = dict(base.options)
    for path, settings in raw.settings:
        for name in sorted(settings.keys() - allowed):
            report.error(f"{path}.{name}", f"the study trains nothing; it may only set {', '.join(allowed)}")
        own = {name: value for name, value in settings.items() if name in allowed}
        values |= clean(own, path, allowed, report)[0].values
    return values
