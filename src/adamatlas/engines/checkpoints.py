"""Checkpoints of the fused engine: exact, atomic, removed on success.

The file's name is a hash of the train spec and of the source fingerprint, which it also holds inside, so that
a checkpoint of other settings or of other code is never resumed.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np

from adamatlas.errors import UserError
from adamatlas.fingerprint import fingerprint, roots
from adamatlas.specs import identity
from adamatlas.store import read_checkpoint, write_checkpoint


def job_id(spec: dict[str, Any]) -> str:
    """Which training this is: a hash of the train spec and of the code that runs it."""
    return identity({"spec": spec, "fingerprint": fingerprint(roots("train", spec))})


class Checkpoint:
    """The checkpoint of one training job; does nothing without a folder."""

    def __init__(self, folder: Path | None, spec: dict[str, Any]) -> None:
        self.path = None
        if folder is not None:
            self._job = job_id(spec)
            self.path = Path(folder) / f"{self._job}.npz"

    def save(self, runs: list[Any]) -> None:
        """Write the state of every lane as it stands between two chunks."""
        if self.path is None:
            return
        arrays: dict[str, np.ndarray] = {}
        lanes = []
        for number, run in enumerate(runs):
            with run.lock:
                record = run.record
                lanes.append([run.step, record.taken, record.diverged_step])
                parts = {} if run.finished else run.lane.state.arrays()
                parts |= {f"record.{name}": value.copy() for name, value in record.values.items()}
            arrays |= {f"{number}.{name}": value for name, value in parts.items()}
        write_checkpoint(self.path, arrays, {"job": self._job, "lanes": lanes})

    def load(self, runs: list[Any]) -> None:
        """Put every lane where the checkpoint left it, if there is one that belongs to this job."""
        stored = self._read()
        if stored is None:
            return
        arrays, meta = stored
        for number, (run, (step, taken, diverged_step)) in enumerate(zip(runs, meta["lanes"], strict=True)):
            own = {
                name.removeprefix(f"{number}."): value
                for name, value in arrays.items()
                if name.startswith(f"{number}.")
            }
            run.step, run.record.taken, run.record.diverged_step = step, taken, diverged_step
            run.record.values = {
                name.removeprefix("record."): value
                for name, value in own.items()
                if name.startswith("record.")
            }
            if not run.finished:
                run.lane.state.restore(own)

    def _read(self) -> tuple[dict[str, np.ndarray], dict[str, Any]] | None:
        """The checkpoint; one that is damaged or of another job is passed over with a line on stderr."""
        if self.path is None:
            return None
        try:
            stored = read_checkpoint(self.path)
            if stored is not None and stored[1].get("job") != self._job:
                raise UserError(f"{self.path}: a checkpoint of another job")
        except UserError as error:
            print(f"adamatlas: warning: {error}; not used, the training starts anew", file=sys.stderr)
            return None
        return stored

    def remove(self) -> None:
        """Delete the file of a job that has ended."""
        if self.path is not None:
            self.path.unlink(missing_ok=True)
