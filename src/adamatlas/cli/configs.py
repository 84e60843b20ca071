"""Commands about a config: is it right, what would it run, what has it left behind."""

from __future__ import annotations

import argparse
import os
import sys
from argparse import Namespace
from pathlib import Path
from typing import Any

from adamatlas import registry, shows
from adamatlas.cli import image_sets
from adamatlas.cli.arguments import SCALES, add_config, command, inventory_of
from adamatlas.errors import UserError
from adamatlas.units import bytes_shown


def validate(options: Namespace) -> None:
    """Check the config: every mistake in one line, with the path of its key and what is allowed."""
    mistakes: list[str] = []
    warnings: list[str] = []
    notes: list[str] = []
    for scale in [options.scale] if options.scale else SCALES:
        try:
            inventory = inventory_of(Namespace(**vars(options) | {"scale": scale}))
        except UserError as error:
            mistakes += str(error).splitlines()
            continue
        warnings += inventory.atlas.warnings
        notes += _not_drawn(inventory)
        print(f"{scale}: {_size(inventory)}")
    print(*dict.fromkeys(notes), sep="\n", end="\n" if notes else "")
    for warning in dict.fromkeys(warnings):
        print(f"adamatlas: warning: {warning}", file=sys.stderr)
    if mistakes:
        raise UserError("\n".join(dict.fromkeys(mistakes)))


def plan(options: Namespace) -> None:
    """Show what the config asks for, what would run and why, how long it takes, and leftover files."""
    from adamatlas.cli import planning

    inventory = inventory_of(options)
    jobs = planning.dry_run(options.config, options.configfile, inventory.atlas.scale)
    prices = planning.priced(inventory)
    print(f"scale {inventory.atlas.scale}: {_size(inventory)}")
    print(planning.studies(inventory, prices))
    print(planning.jobs(jobs, prices))
    if jobs.counts:
        print(planning.cost(inventory, jobs, prices, options.cores))
    print(*_not_drawn(inventory), planning.leftovers(inventory), sep="\n")
    for text in image_sets.missing(inventory):
        print(f"adamatlas: warning: {text}", file=sys.stderr)


def prune(options: Namespace) -> int:
    """Remove the files of grid points that are no longer in the config, after showing them."""
    from adamatlas import leftovers

    inventory = inventory_of(options)
    files = leftovers.find(inventory)
    if not files:
        print(f"nothing to remove in {inventory.results}")
        return 0
    for file in files:
        print(file)
    size = sum(file.stat().st_size for file in files)
    question = f"remove {len(files)} files ({bytes_shown(size)})?"
    if not options.yes and not _confirmed(question):
        print("nothing removed")
        return 1
    for file in files:
        file.unlink()
    _remove_empty({file.parent for file in files}, inventory.results)
    print(f"removed {len(files)} files ({bytes_shown(size)})")
    return 0


def add(commands: argparse._SubParsersAction) -> None:
    """Declare the commands."""
    add_config(command(commands, validate, "adamatlas validate --scale paper"), scale="default: every scale")

    made = command(commands, plan, "adamatlas plan")
    made.add_argument(
        "--cores", type=int, default=os.cpu_count() or 1, metavar="N", help="cores to run on (default: all)"
    )
    add_config(made)

    made = command(commands, prune, "adamatlas prune --yes")
    made.add_argument("--yes", action="store_true", help="do not ask")
    add_config(made)


def _size(inventory: Any) -> str:
    """`3 studies, 10 cells, 50 lanes`; a study that measures another's traces has no cells of its own."""
    trained = [study for study in inventory.atlas.studies.values() if not study.traces_of]
    cells = sum(len(study.cells) for study in trained)
    from adamatlas.estimate import lanes

    total = sum(lanes(spec) for spec in inventory.train.values())
    return f"{len(inventory.atlas.studies)} studies, {cells} cells, {total} lanes"


def _not_drawn(inventory: Any) -> list[str]:
    """What figures leave out of the cubes of their studies, a line for each axis."""
    return [
        f"{study.id}, figure {name}, {line}"
        for study in inventory.atlas.studies.values()
        for name in study.figures
        for line in shows.left_out(
            registry.literal(registry.path("figures", name, study.paper), "SHOWS"),
            {dim: study.values(dim) for dim in study.dims},
        )
    ]


def _confirmed(question: str) -> bool:
    if not sys.stdin.isatty():
        raise UserError(f"{question} say so with --yes")
    return input(f"{question} [y/N] ").strip().lower() in ("y", "yes")


def _remove_empty(folders: set[Path], top: Path) -> None:
    """Remove those folders, and the ones above them below `top`, that hold nothing any more."""
    above = {parent for folder in folders for parent in (folder, *folder.parents) if top in parent.parents}
    for folder in sorted(above, key=lambda path: len(path.parts), reverse=True):
        if not any(folder.iterdir()):
            folder.rmdir()
