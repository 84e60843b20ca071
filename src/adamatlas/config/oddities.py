"""Warnings about what a config may say but hardly means."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from adamatlas.config.keys import Constants, merge
from adamatlas.config.messages import Report
from adamatlas.optimizers.presets import PRESETS

if TYPE_CHECKING:
    from adamatlas.config.cells import Point, StudyGrid


def warn_of_idle(study: StudyGrid, report: Report) -> None:
    """Warn of constants and axes of the study's own that no point of its grid uses."""
    points = [
        Constants(merge(said.values, point), said.origins)
        for entry in study.entries
        for said in [study.constants_in(entry)]
        for point in entry.without({*study.lanes} - {"reg_lambda"}).points()
    ]
    _fixed_by_presets(study, {point.values.get("optimizer") for point in points}, report)
    kinds = {point.values.get("regularizer", "none") for point in points}
    strengths = {point.values.get("reg_lambda", 0) for point in points}
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


def _warn(study: StudyGrid, points: list[Constants], name: str, why: str, report: Report) -> None:
    """Warn, where the study itself gives `name` a value other than none or 0, that it has no effect."""
    for point in points:
        if point.values.get(name, 0) not in (0, "none") and point.origins[name].startswith(study.path):
            report.warn(point.origins[name], f"has no effect: {why}")


def warn_of_switch_off(point: Point, schedule: Mapping, report: Report) -> None:
    """Warn of a regularizer that is switched off after the end or from the start."""
    if point.full["regularizer"] == "none":
        return
    off_epochs, where = point.each("reg_off_epoch"), point.where("reg_off_epoch")
    end = schedule["steps"] / schedule["steps_per_epoch"]
    if late := [off for off in off_epochs if off and off >= end]:
        found = ", ".join(map(str, late))
        report.warn(where, f"found {found}; the run ends at epoch {end:g}, so it is never switched off")
    if 0 in off_epochs:
        report.warn(where, "found 0; the regularizer is off from the first step on")


def warn_of_steep(point: Point, report: Report) -> None:
    """Warn of an exponent p that makes runs diverge."""
    steep = [p for p in point.each("v_exponent") if p > 0.5]
    if steep and min(point.each("v_floor")) == 0:
        text = "an exponent above 1/2 without a floor makes steps grow as gradients vanish, and runs diverge"
        report.warn(point.where("v_exponent"), f"found {steep[-1]}; {text}: set v_floor, such as 0.1")


def warn_of_warm_up(point: Point, schedule: Mapping, report: Report) -> None:
    """Warn of a warm-up that ends with the run or later."""
    if long := [steps for steps in point.each("warmup_steps") if steps >= schedule["steps"]]:
        text = f"found {long[-1]}; the run has {schedule['steps']} steps, so it ends before the warm-up does"
        report.warn(point.where("warmup_steps"), text)
