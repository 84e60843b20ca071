"""The command `adamatlas`: the stages that Snakemake runs, and commands for the person at the keyboard."""

import argparse
import signal
import sys
from collections.abc import Sequence

from adamatlas import __version__
from adamatlas.cli import configs, results, stages
from adamatlas.errors import UserError

INTERRUPTED, TERMINATED, USER_ERROR = 130, 143, 2


SIGNALS = (signal.SIGTERM, signal.SIGHUP)
"""A scheduler's end of time, and the end of a terminal."""


class Terminated(KeyboardInterrupt):
    """One of SIGNALS, so that a job can save its state as it does on Ctrl-C."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code: 0, 1 (a check failed), 2 (user error), 130, 143."""
    options = parser().parse_args(arguments)
    before = {number: signal.signal(number, _terminate) for number in _heeded()}
    try:
        return options.run(options) or 0
    except UserError as error:
        for line in str(error).splitlines():
            print(f"adamatlas: error: {line}", file=sys.stderr)
        return USER_ERROR
    except OSError as error:
        if isinstance(error, BrokenPipeError):
            sys.stderr.close()
            return 0
        if error.filename is None:
            raise
        print(f"adamatlas: error: {error.filename}: {error.strerror}", file=sys.stderr)
        return USER_ERROR
    except Terminated:
        print("adamatlas: terminated", file=sys.stderr)
        return TERMINATED
    except KeyboardInterrupt:
        print("adamatlas: interrupted", file=sys.stderr)
        return INTERRUPTED
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def parser() -> argparse.ArgumentParser:
    """The command line, one subcommand per stage and one for each question of a person."""
    top = argparse.ArgumentParser(prog="adamatlas", description=__doc__)
    top.add_argument("--version", action="version", version=f"adamatlas {__version__}")
    commands = top.add_subparsers(metavar="COMMAND", required=True)
    for group in (configs, results, stages):
        group.add(commands)
    return top


def _heeded() -> list[signal.Signals]:
    """Those of SIGNALS that are not ignored: under nohup a job outlives its terminal."""
    return [number for number in SIGNALS if signal.getsignal(number) is not signal.SIG_IGN]


def _terminate(number: int, frame: object) -> None:
    raise Terminated
