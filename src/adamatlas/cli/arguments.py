"""How a subcommand is declared."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

Run = Callable[[argparse.Namespace], int | None]


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


def path(made: argparse.ArgumentParser, flag: str, text: str, *, many: bool = False) -> None:
    """Add a required option that takes one path, or several."""
    made.add_argument(flag, type=Path, required=True, nargs="+" if many else None, metavar="FILE", help=text)
