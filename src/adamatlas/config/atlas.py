"""What a validated configuration is: studies, their cells, and the blocks of seeds of these."""

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from adamatlas.config.models import PaperModel


@dataclass(frozen=True)
class Block:
    """A block of seeds of one cell: one training job and one trace."""

    name: str
    seeds: list[int]
    train_spec: dict[str, Any]
    data_spec: dict[str, Any]


@dataclass(frozen=True)
class Cell:
    """One grid point: `axes` are its coordinates, `lane_axes` what is trained together inside one job.

    `number` counts the cells in the order of the grid's entries and, within one, of its values.
    """

    name: str
    axes: dict[str, Any]
    lane_axes: dict[str, list[Any]]
    seeds: list[int]
    blocks: list[Block]
    number: int = 0


@dataclass(frozen=True)
class Study:
    """One experiment of a paper.

    `dims` are the cube's dims without seed, snapshot and what measures add; `tied` axes (axis -> dim) are
    coordinates on a dim instead. A study with `traces_of` has the cells, dims and lanes of that study.
    """

    id: str
    paper: str
    name: str
    title: str
    problem: str
    traces_of: str | None
    measures: list[str]
    figures: list[str]
    claims: list[str]
    dims: list[str]
    tied: dict[str, str]
    lanes: list[str]
    options: dict[str, Any]
    cells: list[Cell] = field(repr=False)

    @property
    def axes(self) -> list[str]:
        """Every axis, sorted: dims and those tied to one."""
        return sorted([*self.dims, *self.tied])

    @cached_property
    def blocks(self) -> dict[str, list[tuple[Cell, Block]]]:
        """The blocks of all cells by block name: what one measure job reads."""
        out: dict[str, list[tuple[Cell, Block]]] = {}
        for cell in self.cells:
            for block in cell.blocks:
                out.setdefault(block.name, []).append((cell, block))
        return dict(sorted(out.items(), key=lambda item: tuple(map(int, item[0].split("-")))))

    def values(self, dim: str) -> list[Any]:
        """The values of a dim over all cells, each once, in the order of the grid."""
        every = [value for cell in self.cells for value in cell.lane_axes.get(dim, [cell.axes.get(dim)])]
        return list(dict.fromkeys(every))

    def measure_spec(self, measure: str) -> dict[str, Any]:
        """The spec of a measure job of this study."""
        return {"measure": measure, "problem": self.problem, "options": self.options}


@dataclass(frozen=True)
class Atlas:
    """A validated configuration at one scale; `warnings` are one line each."""

    scale: str
    results: Path
    data_dir: Path | None
    seed_block: int
    papers: dict[str, PaperModel]
    studies: dict[str, Study]
    warnings: list[str]
