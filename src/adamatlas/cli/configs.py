"""Commands about a config: check, plan and run it, fetch its image sets, remove what it has left behind."""

import argparse
import os
import shutil
import subprocess
import sys
from argparse import Namespace
from pathlib import Path
from typing import Any

from adamatlas import registry
from adamatlas.cli.arguments import (
    SCALES,
    add_config,
    command,
    inventory_of,
    number_of_cores,
    positive,
    snakemake,
)
from adamatlas.cli.challenging import challenge
from adamatlas.errors import UserError
from adamatlas.registry import suggestion
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
    jobs = planning.dry_run(options, inventory.atlas.scale)
    prices = planning.priced(inventory)
    print(f"scale {inventory.atlas.scale}: {_size(inventory)}")
    print(planning.studies(inventory, prices))
    print(planning.jobs(jobs, prices))
    if jobs.counts:
        print(planning.cost(inventory, jobs, prices, options.cores))
    print(*_not_drawn(inventory), planning.leftovers(inventory), sep="\n")
    for text in missing_sets(inventory):
        print(f"adamatlas: warning: {text}", file=sys.stderr)


def run(options: Namespace) -> int:
    """Run studies: make their cubes and figures with all they need, then show what their claims say.

    With --budget, train for that long, the most important jobs first: each cell's first block of seeds before
    any cell's second, in the order of the grid. Then show and draw what there is.
    """
    inventory = inventory_of(options)
    known = list(inventory.atlas.studies)
    for name in options.study:
        if name not in known:
            raise UserError(f"no study {name!r}; {suggestion(name, known)}")
    if options.budget is not None:
        return _run_within_budget(options, inventory)
    words = [*snakemake(options, inventory.atlas.scale, "--cores", options.cores), "--", *options.study]
    code = subprocess.run(words, cwd=options.config.parent, check=False).returncode
    if code == 0 and (rows := [row for name in options.study for row in _verdicts_on(inventory, name)]):
        from adamatlas import verdicts

        print(verdicts.text(rows, shutil.get_terminal_size((100, 24)).columns))
    return code


def _run_within_budget(options: Namespace, inventory: Any) -> int:
    from adamatlas import verdicts
    from adamatlas.cli import budgeting, published

    _look_in(inventory.atlas.data_dir)
    code, said = budgeting.train(options, inventory)
    partial, cubes = budgeting.gather(options, inventory)
    drawn = published.draw(partial, cubes)
    if rows := published.judge(partial, cubes) if cubes else []:
        print(verdicts.text(rows, shutil.get_terminal_size((100, 24)).columns))
    lacking = [
        f"{study}: no cube, nothing of it is trained or measured" for study in {*options.study} - {*cubes}
    ]
    print(*cubes.values(), *(png for png in drawn.values() if png), *sorted(lacking), *said, sep="\n")
    return code or int(bool(lacking))


def fetch(options: Namespace) -> None:
    """Download an image set into the folder of image sets."""
    from adamatlas.datasets import fetch as download
    from adamatlas.datasets import local

    _look_in(inventory_of(options).atlas.data_dir)
    files, place = download.fetch(options.name), local.home({"dataset": options.name})
    print(*files, sep="\n", end="\n" if files else "")
    print(f"{options.name}: {len(files)} files fetched into {place}, the others are there")


def prune(options: Namespace) -> int:
    """Remove the files of grid points that are no longer in the config, after showing them."""
    from adamatlas import leftovers

    inventory = inventory_of(options)
    files = leftovers.find(inventory)
    if not files:
        print(f"nothing to remove in {inventory.results}")
        return 0
    print(*files, sep="\n")
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
    cores = os.cpu_count() or 1
    made.add_argument(
        "--cores", type=positive, default=cores, metavar="N", help="cores to run on (default: all)"
    )
    add_config(made)

    made = command(commands, prune, "adamatlas prune --yes")
    made.add_argument("--yes", action="store_true", help="do not ask")
    add_config(made)

    made = command(commands, run, "adamatlas run tang2025.table1 --scale smoke")
    made.add_argument("study", nargs="+", metavar="STUDY", help="name of a study, as in the config")
    made.add_argument(
        "--cores", type=number_of_cores, default="all", metavar="N", help="cores to use (default: all)"
    )
    text = "train for so many seconds, then gather what there is into results/<scale>/partial"
    made.add_argument("--budget", type=float, metavar="SECONDS", help=text)
    add_config(made)

    made = command(commands, challenge, "adamatlas challenge tang2025.table1.adam_b2_test --seeds 100-119")
    made.add_argument("claim", metavar="CLAIM", help="id of a claim, as in claims.json")
    made.add_argument("--seeds", default="100-119", metavar="A-B", help="first and last (default: 100-119)")
    made.add_argument(
        "--cores", type=number_of_cores, default="all", metavar="N", help="cores to use (default: all)"
    )
    add_config(made)

    made = command(commands, fetch, "adamatlas fetch mnist")
    made.add_argument("name", metavar="NAME", help="image set: mnist, fashion_mnist, cifar10 or cifar100")
    add_config(made)


def missing_sets(inventory: Any) -> list[str]:
    """What to do about each image set that the config needs and that is not there."""
    from adamatlas.datasets import local

    _look_in(inventory.atlas.data_dir)
    wanted = (spec["settings"] for spec in inventory.data.values() if "dataset" in spec["settings"])
    return sorted({text for settings in wanted if (text := local.missing(settings))})


def _look_in(data_dir: Path | None) -> None:
    """Let this process look for image sets in the folder of the config, if it names one."""
    from adamatlas.datasets import local

    if data_dir is not None:
        os.environ[local.VARIABLE] = str(data_dir)


def _size(inventory: Any) -> str:
    """`3 studies, 10 cells, 50 lanes`; a study that measures another's traces has no cells of its own."""
    from adamatlas.estimate import lanes

    cells = sum(len(study.cells) for study in inventory.atlas.studies.values() if not study.traces_of)
    total = sum(lanes(spec) for spec in inventory.train.values())
    return f"{len(inventory.atlas.studies)} studies, {cells} cells, {total} lanes"


def _not_drawn(inventory: Any) -> list[str]:
    """What figures leave out of the cubes of their studies, a line for each axis."""
    from adamatlas import shows

    return [
        f"{study.id}, figure {name}, {line}"
        for study in inventory.atlas.studies.values()
        for name in study.figures
        for line in shows.left_out(
            registry.literal(registry.path("figures", name, study.paper), "SHOWS"),
            {dim: study.values(dim) for dim in study.dims},
        )
    ]


def _verdicts_on(inventory: Any, study: str) -> list[dict[str, Any]]:
    """The verdicts on a study's cube, by the claims that the config names for it."""
    from adamatlas.cli.jobs import judged

    item, file = inventory.atlas.studies[study], inventory.path("cube", study)
    return [one.to_dict() for name in item.claims for one in judged(f"{item.paper}.{name}", file, study)]


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
