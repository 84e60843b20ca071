"""The setting keys of each problem, from the models: their groups, and which of them may be lanes."""

from __future__ import annotations

import dataclasses
from collections.abc import Container, Mapping
from dataclasses import dataclass
from functools import cache
from types import ModuleType
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from adamatlas import registry
from adamatlas.config.messages import Report, unknown
from adamatlas.config.models import RENAMED, Optimizer, Options, Regularizer, Run, Schedule
from adamatlas.config.scalars import check, parts

SHARED: dict[str, type[BaseModel]] = {
    "run": Run,
    "optimizer": Optimizer,
    "regularizer": Regularizer,
    "schedule": Schedule,
    "options": Options,
}
LENGTHS = frozenset({"epochs", "steps"})
LANE_GROUPS = ("optimizer", "regularizer")


@dataclass(frozen=True)
class Key:
    """One setting key; `group` is `problem` or one of SHARED."""

    name: str
    group: str
    field: FieldInfo
    lane: bool


@dataclass(frozen=True)
class Constants:
    """Canonical values of setting keys, and the path at which each was said."""

    values: dict[str, Any] = dataclasses.field(default_factory=dict)
    origins: dict[str, str] = dataclasses.field(default_factory=dict)

    def under(self, other: Constants) -> Constants:
        """`other` laid over these."""
        return Constants(merge(self.values, other.values), {**self.origins, **other.origins})

    def only(self, names: Container[str]) -> Constants:
        """Those of the keys `names`."""
        values = {name: value for name, value in self.values.items() if name in names}
        return Constants(values, {name: self.origins[name] for name in values})


@cache
def settings_module(problem: str) -> ModuleType:
    """`problems/<problem>/settings.py`: the model Settings, DATA_KEYS, LANE_KEYS, REGULARIZERS."""
    return registry.module("problems", problem, part="settings")


def engines(problem: str) -> tuple[str, ...]:
    """The engines that train a problem, the default first."""
    return getattr(settings_module(problem), "ENGINES", ("fused", "reference"))


@cache
def keys(problem: str) -> Mapping[str, Key]:
    """Every setting key of a problem; a key of its own wins over an option of that name."""
    own = settings_module(problem)
    fields = own.Settings.model_fields
    out = {name: Key(name, "problem", field, name in own.LANE_KEYS) for name, field in fields.items()}
    for group, model in SHARED.items():
        for name, field in model.model_fields.items():
            if group == "options" and name in fields:
                continue
            lane = group in LANE_GROUPS and not set(parts(field.annotation)).isdisjoint({int, float})
            out[name] = Key(name, group, field, lane)
    return out


@cache
def every_key(first: str = "") -> Mapping[str, Key]:
    """The keys of all problems; where two share a name, the one of the problem `first` counts."""
    order = sorted(registry.names("problems"), key=lambda name: name == first)
    return {name: key for problem in order for name, key in keys(problem).items()}


def in_group(problem: str, *groups: str) -> list[str]:
    """The names of the keys of some groups."""
    return [key.name for key in keys(problem).values() if key.group in groups]


def clean(
    said: Mapping[str, Any], path: str, known: Mapping[str, Key], report: Report
) -> tuple[Constants, set[str]]:
    """(Constants, keys that were wrong) of the settings that `path` gives; `problem` is passed over."""
    out = {}
    for name, raw in said.items():
        if name == "problem":
            continue
        value, here = None, f"{path}.{name}"
        if name not in known:
            report.error(here, foreign(name, known))
        elif isinstance(raw, list | dict):
            found = "a list" if isinstance(raw, list) else "a mapping"
            report.error(here, f"found {found}; a constant has one value, put the axis into `grid`")
        else:
            value = checked(raw, known[name].field, here, report)
        if value is not None:
            out[name] = value
    wrong = said.keys() - out.keys() - {"problem"}
    if out.keys() >= LENGTHS:
        report.error(path, "epochs and steps are both given; keep one of them")
        wrong |= LENGTHS
    return Constants(out, {name: f"{path}.{name}" for name in out}), wrong


def checked(raw: Any, field: FieldInfo, path: str, report: Report) -> Any:
    """The canonical value of one key, or None after an error was reported."""
    try:
        return check(raw, field)
    except ValueError as error:
        return report.error(path, str(error))


def foreign(name: str, known: Mapping[str, Key]) -> str:
    """What to say of a key that is not `known` here: another problem has it, or it is misspelt."""
    if name in RENAMED:
        return f"has another name now: {RENAMED[name]}"
    owners = [problem for problem in registry.names("problems") if name in keys(problem)]
    if owners:
        return f"this study's problem has no such key (it belongs to {', '.join(owners)})"
    return unknown(name, list(known))


def merge(base: Mapping[str, Any], update: Mapping[str, Any]) -> dict[str, Any]:
    """`update` over `base`; a new length (epochs or steps) replaces the other one too."""
    if update.keys() & LENGTHS:
        base = {name: value for name, value in base.items() if name not in LENGTHS}
    return {**base, **update}
