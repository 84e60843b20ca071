"""The layers of a study's settings: its paper, itself, the scale, itself at that scale; later ones win."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from adamatlas import registry
from adamatlas.config.keys import Constants, clean, every_key, keys
from adamatlas.config.messages import Report
from adamatlas.config.models import ConfigModel, Overrides, StudyModel
from adamatlas.config.scalars import show


@dataclass(frozen=True)
class RawStudy:
    """One study as the file has it."""

    id: str
    model: StudyModel
    scale: str

    @property
    def path(self) -> str:
        """Where the study stands."""
        return f"studies.{self.id}"

    @property
    def paper(self) -> str:
        """The paper that the id names."""
        return self.id.partition(".")[0]

    @property
    def overrides(self) -> Overrides:
        """What the study says about the scale that is run."""
        return self.model.scales.get(self.scale, Overrides())

    @property
    def settings(self) -> list[tuple[str, dict[str, Any]]]:
        """The study's own layers with their paths."""
        at_scale = f"{self.path}.scales.{self.scale}.settings"
        return [(f"{self.path}.settings", self.model.settings), (at_scale, self.overrides.settings)]

    def said(self, key: str) -> tuple[Any, str]:
        """(value or None, path) of one of the study's keys."""
        value = getattr(self.overrides, key)
        if value is not None:
            return value, f"{self.path}.scales.{self.scale}.{key}"
        return getattr(self.model, key), f"{self.path}.{key}"


def common(config: ConfigModel, report: Report) -> dict[str, tuple[Constants, set[str]]]:
    """{path: (Constants, keys that were wrong)} of papers and scales, for the keys of all problems."""
    raw = {f"papers.{name}.settings": paper.settings for name, paper in config.papers.items()}
    raw |= {f"scales.{name}.settings": scale.settings for name, scale in config.scales.items()}
    return {
        path: clean(said, path, every_key(str(said.get("problem"))), report) for path, said in raw.items()
    }


def problem(study: RawStudy, config: ConfigModel, report: Report) -> str | None:
    """The study's problem; None after an error was reported."""
    paper = (f"papers.{study.paper}.settings", config.papers[study.paper].settings)
    layers = [(at, layer["problem"]) for at, layer in (paper, *study.settings) if "problem" in layer]
    known = registry.names("problems")
    if not layers:
        return report.error(f"{study.path}.settings.problem", f"missing; must be one of {', '.join(known)}")
    at, name = layers[-1]
    if name not in known:
        return report.error(f"{at}.problem", f"found {show(name)}; {registry.suggestion(name, known)}")
    return name


def constants(
    study: RawStudy, of_problem: str, shared: Mapping[str, tuple[Constants, set]], report: Report
) -> tuple[Constants, Constants, set[str]]:
    """(constants of paper and study, constants of scale and study at that scale, keys that were wrong).

    Keys of a paper or a scale that this problem does not have are passed over.
    """
    known = keys(of_problem)
    own, at_scale = (clean(raw, path, known, report) for path, raw in study.settings)
    paper, scale = (
        shared.get(f"{path}.settings", (Constants(), set()))
        for path in (f"papers.{study.paper}", f"scales.{study.scale}")
    )
    said = [layer.only(known) for layer, _ in (paper, own, scale, at_scale)]
    wrong = set().union(*(failed for _, failed in (paper, own, scale, at_scale)))
    return said[0].under(said[1]), said[2].under(said[3]), wrong
