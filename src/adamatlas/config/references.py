"""Checks of the modules that a study names: do they exist, and does its cube have what they read?"""

from collections.abc import Mapping
from pathlib import Path

from adamatlas import declarations, registry
from adamatlas.config.atlas import Study
from adamatlas.config.layers import RawStudy
from adamatlas.config.messages import Report
from adamatlas.declarations import Measure, Quantity, unmet
from adamatlas.errors import UserError

ALWAYS = ("snapshot", "step", "epoch", "seed")


def check(study: Study, source: RawStudy, report: Report, *, complete: bool) -> None:
    """Report modules that do not exist and, of a study that is `complete`, what they lack in its cube."""
    if not study.measures:
        report.error(source.said("measures")[1], "missing or empty; name at least one module of measures/")
    measures = []
    for name, path in _named(study, "measures", source, report):
        try:
            measures.append(declarations.read(name))
            if complete:
                _check_measure(study, measures[-1], path, report)
        except UserError as error:
            report.error(path, str(error))
            complete = False
    quantities = {
        name: quantity for measure in measures for name, quantity in measure.delivers(study.problem).items()
    }
    for kind in ("figures", "claims"):
        for name, path in _named(study, kind, source, report):
            try:
                module = registry.path(kind, name, study.paper)
                axes, asked = (_literal(module, key) for key in ("REQUIRES", "QUANTITIES"))
            except UserError as error:
                report.error(path, str(error))
                continue
            if complete:
                what = f"{kind[:-1]} {name}"
                _check_axes(study, what, axes, quantities, path, report)
                _check_quantities(study, what, asked, quantities, path, report)


def _named(study: Study, kind: str, source: RawStudy, report: Report) -> list[tuple[str, str]]:
    """(name, path of its key) of the modules of one kind, each once."""
    names, key = getattr(study, kind), source.said(kind)[1]
    for k, name in enumerate(names):
        if name in names[:k]:
            report.error(f"{key}[{k}]", f"{name} is listed twice")
    return [(name, f"{key}[{names.index(name)}]") for name in dict.fromkeys(names)]


def _literal(module: Path, name: str) -> tuple | list:
    found = registry.literal(module, name)
    if not isinstance(found, tuple | list):
        raise UserError(f"{module.relative_to(registry.ROOT)} has no literal {name} = (...)")
    return found


def _check_measure(study: Study, measure: Measure, path: str, report: Report) -> None:
    """Report a measure of other problems, or the first cell whose runs it cannot take."""
    if study.problem not in measure.problems:
        others = _list([other.name for other in declarations.of_problem(study.problem)])
        text = f"{measure.name} measures {', '.join(measure.problems)}, not this study's problem"
        return report.error(path, f"{text} {study.problem}; {others}")
    for cell in study.cells:
        if lacking := unmet(measure.needs, cell.blocks[0].train_spec):
            text = f"{measure.name} needs {', '.join(lacking)}, which cell {cell.name} does not have"
            return report.error(path, text)


def _check_axes(
    study: Study, what: str, asked: list, quantities: Mapping[str, Quantity], path: str, report: Report
) -> None:
    own = {dim for quantity in quantities.values() for dim in quantity.dims}
    if lacking := [axis for axis in asked if axis not in {*study.axes, *ALWAYS, *own}]:
        there = ", ".join(study.axes) or "no axes"
        text = f"asks for the axes {', '.join(lacking)}, which are not in the study's grid ({there})"
        report.error(path, f"{what} {text}")
    varied = {dim for dim in study.dims if len(study.values(dim)) > 1}
    if foreign := sorted(varied - set(asked)):
        text = f"does not know the axis {', '.join(foreign)}, which has several values in the study's grid"
        report.error(path, f"{what} {text}; give it one value, or remove {what.split()[1]}")


def _check_quantities(
    study: Study, what: str, asked: list, quantities: Mapping[str, Quantity], path: str, report: Report
) -> None:
    if lacking := [name for name in asked if name not in quantities]:
        able = declarations.of_problem(study.problem)
        delivered = {measure.name: measure.delivers(study.problem).keys() for measure in able}
        whole = [name for name, there in delivered.items() if there >= set(lacking)]
        known = sorted(set().union(*delivered.values()))
        text = f"which {', '.join(study.measures)} of {study.problem} does not deliver"
        better = _list(whole) if whole else registry.suggestion(lacking[0], known)
        report.error(path, f"{what} reads {', '.join(lacking)}, {text}; {better}")


def _list(measures: list[str]) -> str:
    return f"{', '.join(measures)} {'do' if len(measures) > 1 else 'does'}" if measures else "no measure does"
