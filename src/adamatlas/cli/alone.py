"""Two processes that are to train the same: the second waits."""

from __future__ import annotations

import fcntl
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Any

from adamatlas.engines.checkpoints import job_id


@contextmanager
def alone(checkpoints: Path | None, spec: Mapping[str, Any]) -> Iterator[bool]:
    """The time in which this process trains a spec, and no other one on any node; gives whether it waited.

    A byte of a file beside the folder of checkpoints is locked, which the kernel frees however the process
    ends. Where the file system has no locks, or nothing can be written there, nobody waits.
    """
    if checkpoints is None:
        yield False
        return
    waited = False
    with ExitStack() as stack:
        try:
            checkpoints.parent.mkdir(parents=True, exist_ok=True)
            stream = stack.enter_context(open(checkpoints.with_name(f"{checkpoints.name}.locks"), "ab"))
            waited = _lock(stream, int(job_id(spec), 16) % 2**31)
        except OSError:
            pass
        yield waited


def _lock(stream: IO, byte: int) -> bool:
    """Lock a byte of a file; whether that took waiting."""
    try:
        fcntl.lockf(stream, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, byte)
    except (BlockingIOError, PermissionError):
        print("adamatlas: waiting for another process that trains the same", file=sys.stderr)
        fcntl.lockf(stream, fcntl.LOCK_EX, 1, byte)
        return True
    return False
