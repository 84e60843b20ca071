"""The files of an atlas: what each is called and which spec it is made from.

The Snakefile, `adamatlas plan` and `adamatlas prune` all ask here, so that they cannot disagree.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from adamatlas.config import Atlas, Block
from adamatlas.errors import UserError
from adamatlas.specs import identity

Spec = dict[str, Any]


@dataclass(frozen=True)
class Inventory:
    """All files of `atlas`, with their specs."""

    atlas: Atlas

    def checked(self) -> Inventory:
        """This inventory; raises UserError where a figure or a claim belongs to two studies."""
        for part in ("figures", "claims"):
            getattr(self, part)
        return self

    @property
    def results(self) -> Path:
        return Path(self.atlas.results)

    @cached_property
    def data(self) -> dict[str, Spec]:
        """Data specs by name (`patch_cnn-0123456789abcdef`)."""
        return {self._data_names[key]: block.data_spec for key, block in self._blocks.items()}

    @cached_property
    def train(self) -> dict[tuple[str, str, str], Spec]:
        """Train specs by (study, cell, block)."""
        return {key: block.train_spec for key, block in self._blocks.items()}

    def data_of(self, study: str, cell: str, block: str) -> str:
        """The name of the data that a training job reads."""
        return self._data_names[study, cell, block]

    def traces(self, study: str, block: str) -> list[tuple[str, str, str]]:
        """The keys of the training jobs whose traces a study measures for one seed block."""
        item = self.atlas.studies[study]
        return [(item.traces_of or study, cell.name, part.name) for cell, part in item.blocks[block]]

    def by_importance(self, studies: Collection[str]) -> list[tuple[str, str, str]]:
        """The keys of the training jobs of studies, in the order in which a run with a budget trains them.

        Every cell's first block of seeds comes before any cell's second; cells come in the order of the
        studies and of their grids.
        """
        ranks: dict[tuple[str, str, str], tuple[int, int, int]] = {}
        for place, study in enumerate(studies):
            item = self.atlas.studies[study]
            for cell in item.cells:
                for number, block in enumerate(cell.blocks):
                    key = item.traces_of or study, cell.name, block.name
                    ranks.setdefault(key, (number, place, cell.number))
        return sorted(ranks, key=ranks.__getitem__)

    def measure(self, study: str, measure: str, block: str) -> Spec:
        """The spec of one measuring job; `traces` are the identities of the traces it reads, in order."""
        traces = [self._trace_ids[key] for key in self.traces(study, block)]
        return {**self.atlas.studies[study].measure_spec(measure), "traces": traces}

    def gather(self, study: str) -> Spec:
        """The spec of a cube: what the study is, its whole grid, and what is constant in it.

        What differs between cells and is no axis stands as `own` with each cell.
        """
        item = self.atlas.studies[study]
        constants = _constants([block.train_spec for cell in item.cells for block in cell.blocks])
        return {
            "id": item.id,
            "title": item.title,
            "paper": item.paper,
            "reference": self.atlas.papers[item.paper].reference,
            "scale": self.atlas.scale,
            "dims": item.dims,
            "tied": item.tied,
            "cells": [
                {
                    "axes": cell.axes,
                    "lane_axes": cell.lane_axes,
                    "seeds": cell.seeds,
                    "own": _own(cell.blocks[0].train_spec, constants, item.axes),
                }
                for cell in item.cells
            ],
            "config": {
                "traces_of": item.traces_of,
                "lanes": item.lanes,
                "options": item.options,
                **constants,
            },
            "measures": [identity(self.measure(study, *key)) for key in self.measures(study)],
        }

    def measures(self, study: str) -> list[tuple[str, str]]:
        """The (measure, block) pairs that a study's cube is gathered from."""
        item = self.atlas.studies[study]
        return [(name, block) for name in item.measures for block in item.blocks]

    @cached_property
    def figures(self) -> dict[tuple[str, str], str]:
        """The study that each (paper, figure) draws."""
        found: dict[tuple[str, str], str] = {}
        for study in self.atlas.studies.values():
            for name in study.figures:
                if found.setdefault((study.paper, name), study.id) != study.id:
                    raise UserError(
                        f"studies.{study.id}.figures: {name} is already drawn by {found[study.paper, name]}; "
                        "a figure belongs to one study"
                    )
        return found

    @cached_property
    def claims(self) -> dict[str, dict[str, str]]:
        """For each paper with claims, the study that each claim group (`tang2025.table1`) judges."""
        found: dict[str, dict[str, str]] = {}
        for study in self.atlas.studies.values():
            for name in study.claims:
                group = f"{study.paper}.{name}"
                if found.setdefault(study.paper, {}).setdefault(group, study.id) != study.id:
                    raise UserError(f"studies.{study.id}.claims: {group} is already judged on another study")
        return found

    def targets(self, study: str) -> list[Path]:
        """What a study is run for: its cube, and its figures as PNG and PDF."""
        item = self.atlas.studies[study]
        pictures = [self.path(kind, item.paper, name) for name in item.figures for kind in ("png", "pdf")]
        return [self.path("cube", study), *pictures]

    def path(self, kind: str, *key: str) -> Path:
        """The path of one file: `path("trace", study, cell, block)`."""
        return self.results / PATHS[kind].format(*key)

    def datasets(self) -> Iterator[tuple[str, Path, Spec]]:
        """(stage, file, spec) of every NetCDF file that a complete run leaves."""
        yield from (("data", self.path("data", name), spec) for name, spec in self.data.items())
        yield from (("train", self.path("trace", *key), spec) for key, spec in self.train.items())
        for study in self.atlas.studies:
            for key in self.measures(study):
                yield "measure", self.path("measure", study, *key), self.measure(study, *key)
            yield "gather", self.path("cube", study), self.gather(study)

    def files(self) -> Iterator[Path]:
        """Every file that a complete run leaves in the results folder, without benchmarks."""
        yield from (path for _, path, _ in self.datasets())
        for key in self.figures:
            yield self.path("png", *key)
            yield self.path("pdf", *key)
        yield from (self.path("claims", paper) for paper in self.claims)
        if self.claims:
            yield from (self.results / name for name in COLLECTED)

    @cached_property
    def _trace_ids(self) -> dict[tuple[str, str, str], str]:
        return {key: identity(spec) for key, spec in self.train.items()}

    @cached_property
    def _data_names(self) -> dict[tuple[str, str, str], str]:
        specs = {key: block.data_spec for key, block in self._blocks.items()}
        return {key: f"{spec['problem']}-{identity(spec)}" for key, spec in specs.items()}

    @cached_property
    def _blocks(self) -> dict[tuple[str, str, str], Block]:
        return {
            (study.id, cell.name, block.name): block
            for study in self.atlas.studies.values()
            if not study.traces_of
            for cell in study.cells
            for block in cell.blocks
        }


PARTS = ("settings", "optimizer", "regularizer", "schedule")
"""The parts of a train spec that hold keys of the config."""
COLLECTED = ("claims.json", "claims.html")
PATHS = {
    "data": "data/{}.nc",
    "trace": "traces/{}/{}~{}.nc",
    "measure": "measures/{}/{}~{}.nc",
    "cube": "cubes/{}.nc",
    "png": "figures/{}/{}.png",
    "pdf": "figures/{}/{}.pdf",
    "claims": "claims/{}.json",
}


def _constants(specs: list[Spec]) -> Spec:
    """What is the same in all train specs and all of their lanes."""
    first = specs[0]
    varied = {axis for spec in specs for axis, values in spec["lanes"].items() if len(values) > 1}
    constants = _common(specs, ("problem", "engine", "dtype"))
    for part in PARTS:
        constants[part] = _common([spec[part] for spec in specs], first[part].keys() - varied)
    return constants


def _own(spec: Spec, constants: Spec, axes: Collection[str]) -> Spec:
    """What a train spec says beside the `constants` of its study and the axes."""
    shared = {*constants, *axes}
    own = {key: spec[key] for key in ("problem", "engine", "dtype") if key not in shared}
    for part in PARTS:
        said = {key: value for key, value in spec[part].items() if key not in {*constants[part], *axes}}
        own |= {part: said} if said else {}
    return own


def _common(specs: list[Spec], keys: Collection[str]) -> Spec:
    """What all of `specs` say alike of `keys`."""
    first = specs[0]
    return {
        key: first[key] for key in first if key in keys and all(one.get(key) == first[key] for one in specs)
    }
