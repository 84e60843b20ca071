"""The modules that a study names: do they exist, and does the cube have the axes that they ask for?"""

from __future__ import annotations

from collections.abc import Mapping

from adamatlas import registry
from adamatlas.config.atlas import Study
from adamatlas.config.keys import every_key
from adamatlas.config.layers import RawStudy
from adamatlas.config.messages import Report
from adamatlas.errors import UserError
from adamatlas.needs import unmet

ALWAYS = ("label", "snapshot", "step", "epoch", "seed")


def check(study: Study, source: RawStudy, report: Report, *, complete: bool) -> None:
    """Report modules that are missing and axes that they lack; axes only of a study that is `complete`."""
    if not study.measures:
        report.error(source.said("measures")[1], "missing or empty; name at least one module of measures/")
    for kind in ("measures", "figures", "claims"):
        names = getattr(study, kind)
        for k, name in enumerate(names):
            path = f"{source.said(kind)[1]}[{k}]"
            if name in names[:k]:
                report.error(path, f"{name} is listed twice")
                continue
            try:
                _one(study, kind, name, path, report, complete)
            except UserError as error:
                report.error(path, str(error))


def _one(study: Study, kind: str, name: str, path: str, report: Report, complete: bool) -> None:
    module = registry.path(kind, name, study.paper if kind != "measures" else None)
    literal = "PROBLEMS" if kind == "measures" else "REQUIRES"
    asked = registry.literal(module, literal)
    if not isinstance(asked, tuple | list):
        raise UserError(f"{module.relative_to(registry.ROOT)} has no literal {literal} = (...)")
    if not complete:
        return
    if kind == "measures":
        if study.problem not in asked:
            report.error(
                path, f"{name} measures {', '.join(asked)}, not this study's problem {study.problem}"
            )
        else:
            _needs(study, name, registry.literal(module, "NEEDS") or {}, path, report)
        return
    lacking = [axis for axis in asked if not _has(study, axis)]
    if lacking:
        report.error(
            path,
            f"{kind[:-1]} {name} asks for the axes {', '.join(lacking)}, which are not in the study's grid "
            f"({', '.join(study.axes) or 'no axes'})",
        )
    if foreign := sorted(_varied(study) - set(asked)):
        report.error(
            path,
            f"{kind[:-1]} {name} does not know the axis {', '.join(foreign)}, which has several values in "
            f"the study's grid; give it one value, or remove {name}",
        )


def _varied(study: Study) -> set[str]:
    """The dims with several values."""
    axes = [
        {**{name: [value] for name, value in cell.axes.items()}, **cell.lane_axes} for cell in study.cells
    ]
    return {dim for dim in study.dims if len({value for cell in axes for value in cell[dim]}) > 1}


def _needs(study: Study, name: str, needs: Mapping[str, tuple], path: str, report: Report) -> None:
    """Report the first cell whose runs the measure cannot take."""
    for cell in study.cells:
        if lacking := unmet(needs, cell.blocks[0].train_spec):
            report.error(path, f"{name} needs {', '.join(lacking)}, which cell {cell.name} does not have")
            return


def _has(study: Study, axis: str) -> bool:
    """A setting key is an axis if the grid has it; any other name is a dim if a measure speaks of it."""
    if axis in study.axes or axis in ALWAYS:
        return True
    known = registry.names("measures")
    modules = [registry.path("measures", name) for name in study.measures if name in known]
    return axis not in every_key() and any(axis in registry.strings(module) for module in modules)
