"""Image sets on the command line: fetch one, and say which of those that a config needs are missing.

Modules that read files are imported when they are needed.
"""

from __future__ import annotations

import argparse
import os
from argparse import Namespace
from pathlib import Path
from typing import Any

from adamatlas.cli.arguments import add_config, command, inventory_of


def fetch(options: Namespace) -> None:
    """Download an image set into the folder of image sets."""
    from adamatlas.datasets import fetch as download
    from adamatlas.datasets import local

    _look_in(inventory_of(options).atlas.data_dir)
    files = download.fetch(options.name)
    for file in files:
        print(file)
    print(f"{options.name}: {len(files)} files fetched into {local.home(options.name)}, the others are there")


def missing(inventory: Any) -> list[str]:
    """What to do about each image set that the config needs and that is not there."""
    from adamatlas.datasets import local

    _look_in(inventory.atlas.data_dir)
    names = {spec["settings"].get("dataset") for spec in inventory.data.values()} - {None}
    return [text for name in sorted(names) if (text := local.missing(name))]


def add(commands: argparse._SubParsersAction) -> None:
    """Declare the command."""
    made = command(commands, fetch, "adamatlas fetch mnist")
    made.add_argument("name", choices=("digits", "mnist"), metavar="NAME", help="image set: mnist")
    add_config(made)


def _look_in(data_dir: Path | None) -> None:
    """Let this process look for image sets in the folder of the config, if it names one."""
    from adamatlas.datasets import local

    if data_dir is not None:
        os.environ[local.VARIABLE] = str(data_dir)
