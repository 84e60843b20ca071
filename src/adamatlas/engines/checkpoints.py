"""Checkpoints of training jobs: exact, atomic, removed on success.

A checkpoint is named by a hash of the train spec and of the source fingerprint, which it also holds inside:
one of other settings or of other code is never resumed.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from adamatlas.contracts import Spec
from adamatlas.errors import UserError
from adamatlas.fingerprint import fingerprint, roots
from adamatlas.specs import identity
from adamatlas.store import read_checkpoint, write_checkpoint

if TYPE_CHECKING:
    from adamatlas.engines.run import Group


def job_id(spec: Spec) -> str:
    """The hash of a train spec and of the code that runs it."""
    return identity({"spec": spec, "fingerprint": fingerprint(roots("train", spec))})


class Checkpoint:
    """The checkpoint of one training job; does nothing without a folder."""

    def __init__(self, folder: Path | None, spec: Spec) -> None:
        self.path = None
        self._warned = False
        if folder is not None:
            self._job = job_id(spec)
            self.path = Path(folder) / f"{self._job}.npz"

    def save(self, groups: Sequence[Group]) -> None:
        """Write the state of every lane between two chunks.

        Where it cannot be written the training goes on; a line says so the first time.
        """
        if self.path is None:
            return
        arrays: dict[str, np.ndarray] = {}
        places = []
        for number, group in enumerate(groups):
            with group.lock:
                record = group.record
                places.append([group.step, record.taken, record.diverged_step.tolist()])
                parts = {} if record.finished else group.lanes.arrays()
                parts |= {f"record.{name}": value.copy() for name, value in record.values.items()}
            arrays |= {f"{number}.{name}": value for name, value in parts.items()}
        try:
            write_checkpoint(self.path, arrays, {"job": self._job, "lanes": places})
        except UserError as error:
            if not self._warned:
                _warn(f"{error}; no checkpoint, the training goes on")
            self._warned = True

    def load(self, groups: Sequence[Group]) -> bool:
        """Put every lane where the checkpoint left it; False where there is none.

        One that is damaged or of another job is passed over, with a line on stderr.
        """
        if self.path is None:
            return False
        try:
            stored = read_checkpoint(self.path)
            if stored is not None and stored[1].get("job") != self._job:
                raise UserError(f"{self.path}: a checkpoint of another job")
        except UserError as error:
            _warn(f"{error}; not used, the training starts anew")
            return False
        if stored is None:
            return False
        arrays, meta = stored
        for number, (group, (step, taken, diverged)) in enumerate(zip(groups, meta["lanes"], strict=True)):
            own = _under(f"{number}.", arrays)
            group.step, group.record.taken = step, taken
            group.record.diverged_step = np.array(diverged, np.int64)
            group.record.values = _under("record.", own)
            if not group.record.finished:
                group.lanes.restore(own)
        return True

    def remove(self) -> None:
        """Delete the file of a job that has ended."""
        if self.path is not None:
            self.path.unlink(missing_ok=True)


def _under(prefix: str, arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The arrays whose names begin with `prefix`, without it."""
    return {name.removeprefix(prefix): value for name, value in arrays.items() if name.startswith(prefix)}


def _warn(text: str) -> None:
    print(f"adamatlas: warning: {text}", file=sys.stderr)
