"""The studies of a configuration: settings, grid and lanes to cells, references to modules and studies."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from adamatlas.config import layers, references
from adamatlas.config.atlas import Study
from adamatlas.config.expand import Layers, cells, shapes
from adamatlas.config.grids import Entry, parse
from adamatlas.config.keys import clean, in_group, keys
from adamatlas.config.layers import Source
from adamatlas.config.messages import Report
from adamatlas.config.models import ConfigModel
from adamatlas.registry import suggestion

_ID = re.compile(r"[A-Za-z][A-Za-z0-9_]*\.[A-Za-z][A-Za-z0-9_]*")


def expand(config: ConfigModel, broken: set[str], report: Report) -> dict[str, Study]:
    """The studies in the order of the file; what is wrong goes to the report. `broken`: of a wrong shape."""
    shared = layers.common(config, report)
    sources = [Source(id, model, config.scale) for id, model in config.studies.items()]
    found: dict[str, Study] = {}
    for source in sorted(sources, key=lambda source: source.model.traces_of is not None):
        if not _named(source, config, report):
            continue
        if source.model.traces_of:
            parts = _runs(source, config, found, report)
        else:
            parts = _trains(source, config, shared, source.id in broken, report)
        study = _study(source, parts or {})
        references.check(study, source, report, complete=parts is not None)
        if parts:
            found[source.id] = study
    return {id: found[id] for id in config.studies if id in found}


def _named(source: Source, config: ConfigModel, report: Report) -> bool:
    if not _ID.fullmatch(source.id):
        report.error(source.path, "must be named <paper>.<name>, of letters, digits and _")
    elif source.paper not in config.papers:
        report.error(
            source.path, f"no paper {source.paper!r} in papers; {suggestion(source.paper, [*config.papers])}"
        )
    else:
        return True
    return False


def _study(source: Source, parts: Mapping[str, Any]) -> Study:
    name = source.id.partition(".")[2]
    empty = {"problem": "", "dims": [], "tied": {}, "lanes": [], "options": {}, "cells": []}
    lists = {key: list(source.said(key)[0] or []) for key in ("measures", "figures", "claims")}
    title = source.said("title")[0] or name
    return Study(
        id=source.id,
        paper=source.paper,
        name=name,
        title=title,
        traces_of=source.model.traces_of,
        **lists,
        **{**empty, **parts},
    )


def _trains(
    source: Source, config: ConfigModel, shared: Mapping, broken: bool, report: Report
) -> dict | None:
    problem = layers.problem(source, config, report)
    if problem is None:
        return None
    values, origins, wrong = layers.constants(source, problem, shared, report)
    grid, path = source.said("grid")
    if grid == []:
        return report.error(path, "empty grid; give at least one product, or remove the key")
    entries = [parse(raw, f"{path}[{k}]", keys(problem), report) for k, raw in enumerate(grid or [{}])]
    lanes = _lanes(source, entries, problem, report)
    seeds, entries = _seeds(source, config, entries)
    study = Layers(source.path, problem, values, origins, entries, lanes, seeds)
    wrong = wrong.union(*(entry.wrong for entry in entries))
    if broken or wrong:
        shapes(study, wrong, report)
        return None
    found, tied = cells(study, source.said("seed_block")[0] or config.seed_block, report)
    if not found:
        return None
    return {
        "problem": problem,
        "dims": [axis for axis in study.axes if axis not in tied],
        "tied": dict(sorted(tied.items())),
        "lanes": sorted(lanes),
        "options": {
            key: values.get(key, keys(problem)[key].field.default) for key in in_group(problem, "options")
        },
        "cells": found,
    }


def _lanes(source: Source, entries: list[Entry], problem: str, report: Report) -> list[str]:
    said, path = source.said("lanes")
    allowed = sorted(key.name for key in keys(problem).values() if key.lane)
    tied = {name for entry in entries for unit in entry.units if len(unit.names) > 1 for name in unit.names}
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


def _seeds(source: Source, config: ConfigModel, entries: list[Entry]) -> tuple[int, list[Entry]]:
    """A scale's seeds replace those of the study and of its entries, unless the scale gives the grid too."""
    scale = config.scales.get(source.scale)
    override = source.overrides.seeds or (scale.seeds if scale else None)
    if override and source.overrides.grid is None:
        entries = [replace(entry, seeds=None) for entry in entries]
    return override or source.model.seeds or 1, entries


def _runs(source: Source, config: ConfigModel, found: Mapping[str, Study], report: Report) -> dict | None:
    target = source.model.traces_of
    for key in ("grid", "lanes", "seeds", "seed_block"):
        said, path = source.said(key)
        if said is not None:
            report.error(path, f"the study measures the traces of {target} and trains nothing; remove {key}")
    model = config.studies.get(target)
    if model is None or model.traces_of:
        others = [id for id, other in config.studies.items() if other.traces_of is None]
        text = f"{target} trains nothing itself" if model else f"no study {target!r}"
        return report.error(f"{source.path}.traces_of", f"{text}; {suggestion(target, others)}")
    if target not in found:
        return None
    base = found[target]
    shared = {key: getattr(base, key) for key in ("problem", "dims", "tied", "lanes", "cells")}
    return {**shared, "options": _own_options(source, base, report)}


def _own_options(source: Source, base: Study, report: Report) -> dict[str, Any]:
    allowed = {name: key for name, key in keys(base.problem).items() if key.group == "options"}
    values = dict(base.options)
    for path, settings in source.settings:
        for name in sorted(settings.keys() - allowed):
            report.error(f"{path}.{name}", f"the study trains nothing; it may only set {', '.join(allowed)}")
        own = {name: value for name, value in settings.items() if name in allowed}
        values |= clean(own, path, allowed, report)[0]
    return values
