"""How a subcommand is declared, how it finds the config, and how it calls Snakemake."""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

SCALES = ("smoke", "default", "reduced", "paper")
Run = Callable[[argparse.Namespace], int | None]


def positive(text: str) -> int:
    """A whole number above 0."""
    if not (text.isascii() and text.isdigit() and int(text) > 0):
        raise argparse.ArgumentTypeError(f"found {text!r}; must be a whole number above 0")
    return int(text)


def number_of_cores(text: str) -> str:
    """`all`, or a number of cores."""
    return text if text == "all" else str(positive(text))


def output(text: str) -> Path:
    """A file to write: a new one, or a regular file in whose place the new one comes."""
    path = Path(text)
    if not text or (path.exists() and not path.is_file()):
        raise argparse.ArgumentTypeError(f"found {text!r}; must be a file")
    return path


def folder(text: str) -> Path:
    """A folder, or where one can be made."""
    path = Path(text)
    if not text or (path.exists() and not path.is_dir()):
        raise argparse.ArgumentTypeError(f"found {text!r}; must be a folder")
    return path


def command(commands: argparse._SubParsersAction, run: Run, example: str) -> argparse.ArgumentParser:
    """Add the subcommand that is named and documented by the function `run`."""
    text = (run.__doc__ or "").strip()
    made = commands.add_parser(
        run.__name__,
        help=text.splitlines()[0].rstrip("."),
        description=text,
        epilog=f"example:\n  {example}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    made.set_defaults(run=run)
    return made


def add_config(made: argparse.ArgumentParser, scale: str = "default: that of the config") -> None:
    """Add the options that say which config is meant."""
    made.add_argument("--config", type=Path, default=Path("config.yaml"), help="default: config.yaml")
    made.add_argument(
        "--configfile",
        type=Path,
        nargs="+",
        default=[],
        metavar="FILE",
        help="laid over the config, as Snakemake's option of this name does",
    )
    made.add_argument("--scale", choices=SCALES, help=scale)


def inventory_of(options: argparse.Namespace) -> Any:
    """The inventory of the config that the options name. Raises UserError with what is wrong in it."""
    from adamatlas import config
    from adamatlas.inventory import Inventory

    atlas = config.read(options.config, options.configfile, scale=options.scale)
    return Inventory(atlas).checked()


def snakemake(options: argparse.Namespace, scale: str, *words: str) -> list[str]:
    """The command that calls Snakemake, to be run in the folder of the config, at a scale."""
    files = [str(file.resolve()) for file in options.configfile]
    over = ["--configfile", *files] if files else []
    return [sys.executable, "-m", "snakemake", *words, "--config", f"scale={scale}", *over]
