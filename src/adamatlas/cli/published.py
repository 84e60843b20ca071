"""Figures and verdicts from cubes that are there, such as the published ones: nothing is trained."""

from __future__ import annotations

import argparse
import sys
from argparse import Namespace
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from adamatlas.cli import jobs
from adamatlas.cli.arguments import inventory_of
from adamatlas.errors import UserError
from adamatlas.registry import suggestion

if TYPE_CHECKING:
    from adamatlas.claims.rules import Claim
    from adamatlas.inventory import Inventory


def add_source(made: argparse.ArgumentParser) -> None:
    """Add the options that say which cubes are read, and where what is made from them goes."""
    text = "a study, as in the config (default: all of DIR)"
    made.add_argument("study", nargs="*", metavar="STUDY", help=text)
    text = "folder of cubes, such as results/reference"
    made.add_argument("--from", dest="folder", type=Path, metavar="DIR", help=text)
    text = "folder to write to, as a run does (default: DIR-drawn, beside DIR)"
    made.add_argument("--out", type=Path, metavar="DIR", help=text)


def figures(options: Namespace) -> int:
    """Draw the figures of the studies whose cubes are in a folder; 1 where one cannot be drawn."""
    drawn = draw(*_asked(options))
    print(*(png for png in drawn.values() if png), sep="\n")
    return int(None in drawn.values())


def claims(options: Namespace) -> list[dict[str, Any]]:
    """The verdicts on the studies whose cubes are in a folder; they are written as a run does."""
    return judge(*_asked(options))


def draw(inventory: Inventory, cubes: Mapping[str, Path]) -> dict[str, Path | None]:
    """The figures of the studies {study: cube}: the PNG of each, beside its PDF in the inventory's folder.

    None, and a line, where the cube does not serve a figure.
    """
    drawn: dict[str, Path | None] = {}
    for (paper, name), study in inventory.figures.items():
        if study in cubes:
            figure = f"{paper}.{name}"
            png, pdf = (inventory.path(kind, paper, name) for kind in ("png", "pdf"))
            with _forgiving(f"figure {figure} is not drawn") as served:
                jobs.save(jobs.drawn({"figure": figure, "study": study}, cubes[study]), png, pdf)
            drawn[figure] = png if served else None
    return drawn


def judge(inventory: Inventory, cubes: Mapping[str, Path]) -> list[dict[str, Any]]:
    """The verdicts on the studies {study: cube}, also written to the inventory's folder as by a run.

    Holm's method takes the claims of a paper that are judged here as its family. A line where a cube does not
    serve a claim group.
    """
    from adamatlas import store, verdicts

    papers = []
    for paper, groups in inventory.claims.items():
        found: list[Claim] = []
        for group, study in groups.items():
            if study in cubes:
                with _forgiving(f"claims {group} are not judged"):
                    found += jobs.judged(group, cubes[study], study)
        if found:
            papers.append(jobs.rows(found))
            store.write_json(papers[-1], inventory.path("claims", paper))
    rows = verdicts.join(papers)
    store.write_json(rows, inventory.results / "claims.json")
    store.write_text(verdicts.html(rows), inventory.results / "claims.html")
    return rows


@contextmanager
def _forgiving(what: str) -> Iterator[list[bool]]:
    """Turn a UserError into a line of warning; what it gives is empty once one was raised."""
    served = [True]
    try:
        yield served
    except UserError as error:
        served.clear()
        print(f"adamatlas: warning: {what}: {error}", file=sys.stderr)


def _asked(options: Namespace) -> tuple[Inventory, dict[str, Path]]:
    """The inventory with the folder to write to as its own, and the cubes {study: file} that are wanted."""
    from adamatlas import compare

    inventory = inventory_of(options)
    known = inventory.atlas.studies
    there = compare.cubes(options.folder)
    for name in options.study:
        if name not in known:
            raise UserError(f"no study {name!r}; {suggestion(name, list(known))}")
    if lacking := [name for name in options.study if name not in there]:
        raise UserError("\n".join(f"{options.folder}: no cube of {name} ({name}.nc)" for name in lacking))
    cubes = {name: file for name, file in there.items() if name in (options.study or known)}
    if not cubes:
        raise UserError(f"{options.folder}: no cube of a study of the config")
    out = options.out or options.folder.with_name(f"{options.folder.resolve().name}-drawn")
    return replace(inventory, atlas=replace(inventory.atlas, results=out)), cubes
