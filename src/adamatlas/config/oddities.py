"""Warnings about what a config may say but hardly means."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from adamatlas.config.keys import merge
from adamatlas.config.messages import Report
from adamatlas.optimizers.presets import PRESETS

if TYPE_CHECKING:
    from adamatlas.config.cells import StudyGrid

Point = tuple[dict[str, Any], dict[str, str]]
"""The constants and axes of a grid point, and where each was said."""


def warn_of_idle(study: StudyGrid, report: Report) -> None:
    """Warn of constants and axes of the study's own that no point of its grid uses."""
    points = [
        (merge(study.values_in(entry), point), study.origins_in(entry))
        for entry in study.entries
        for point in entry.without({*study.lanes} - {"reg_lambda"}).points()
    ]
    _fixed_by_presets(study, {values.get("optimizer") for values, _ in points}, report)
    kinds = {values.get("regularizer", "none") for values, _ in points}
    strengths = {values.get("reg_lambda", 0) for values, _ in points}
    if kinds == {"none"}:
        _warn(study, points, "reg_lambda", "regularizer is none; set regularizer as well", report)
    elif strengths == {0}:
        _warn(study, points, "regularizer", "reg_lambda is 0; set reg_lambda as well", report)


def _fixed_by_presets(study: StudyGrid, presets: set[str | None], report: Report) -> None:
    for name, origin in study.constants.origins.items():
        fixed = [PRESETS[preset].get(name) for preset in presets if preset]
        on_grid = name in study.axes or not origin.startswith(study.path)
        if fixed and None not in fixed and study.constants.values[name] not in fixed and not on_grid:
            text = f"{', '.join(sorted(filter(None, presets)))} fixes {name} = {fixed[0]}"
            report.warn(origin, f"has no effect: {text}; a grid axis would override it")


def _warn(study: StudyGrid, points: list[Point], name: str, why: str, report: Report) -> None:
    """Warn, where the study itself gives `name` a value other than none or 0, that it has no effect."""
    for values, origins in points:
        if values.get(name, 0) not in (0, "none") and origins[name].startswith(study.path):
            report.warn(origins[name], f"has no effect: {why}")


def warn_of_steep(path: str, full: Mapping, given: Mapping, origins: Mapping, report: Report) -> None:
    """Warn of an exponent p, of a cell or of the lanes `given`, that makes runs diverge."""
    steep = [p for p in given.get("v_exponent", [full["v_exponent"]]) if p > 0.5]
    if steep and min(given.get("v_floor", [full["v_floor"]])) == 0:
        text = "an exponent above 1/2 without a floor makes steps grow as gradients vanish, and runs diverge"
        report.warn(origins.get("v_exponent", path), f"found {steep[-1]}; {text}: set v_floor, such as 0.1")
