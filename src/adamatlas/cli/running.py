"""Run studies by their names, with what they are made from."""

from __future__ import annotations

import argparse
import importlib
import shutil
import subprocess
import sys
from argparse import Namespace
from typing import Any

from adamatlas.cli.arguments import add_config, command, inventory_of
from adamatlas.errors import UserError
from adamatlas.registry import suggestion


def run(options: Namespace) -> int:
    """Run studies: make their cubes and figures with all they need, then show what their claims say."""
    inventory = inventory_of(options)
    known = list(inventory.atlas.studies)
    for name in options.study:
        if name not in known:
            raise UserError(f"no study {name!r}; {suggestion(name, known)}")
    code = subprocess.run(_snakemake(options, inventory), cwd=options.config.parent, check=False).returncode
    if code == 0 and (rows := [row for name in options.study for row in _judged(inventory, name)]):
        from adamatlas import verdicts

        print(verdicts.text(rows, shutil.get_terminal_size((100, 24)).columns))
    return code


def add(commands: argparse._SubParsersAction) -> None:
    """Declare the command."""
    made = command(commands, run, "adamatlas run tang2025.table1 --scale smoke")
    made.add_argument("study", nargs="+", metavar="STUDY", help="name of a study, as in the config")
    made.add_argument("--cores", default="all", metavar="N", help="cores to use (default: all)")
    add_config(made)


def _snakemake(options: Namespace, inventory: Any) -> list[str]:
    words = [sys.executable, "-m", "snakemake", "--cores", options.cores]
    words += ["--config", f"scale={inventory.atlas.scale}"]
    words += (
        ["--configfile", *(str(file.resolve()) for file in options.configfile)] if options.configfile else []
    )
    return [*words, "--", *options.study]


def _judged(inventory: Any, study: str) -> list[dict[str, Any]]:
    """The verdicts on a study's cube, by the claims that the config names for it."""
    from adamatlas.cli.jobs import cube

    item = inventory.atlas.studies[study]
    groups = [importlib.import_module(f"adamatlas.claims.{item.paper}.{name}") for name in item.claims]
    found = cube(inventory.path("cube", study), study) if groups else None
    return [claim.to_dict() for group in groups for claim in group.judge(found)]
