"""Checkpoints of the fused engine: exact, atomic, removed on success.

The file's name is a hash of the train spec and of the source fingerprint, so that a checkpoint of
other settings or of other code is never resumed.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from adamatlas.fingerprint import fingerprint, roots
from adamatlas.specs import identity
from adamatlas.store import read_checkpoint, write_checkpoint


class Checkpoint:
    """The checkpoint of one training job; does nothing without a folder."""

    def __init__(self, folder: Path | None, spec: dict[str, Any]) -> None:
        self.path = None
        if folder is not None:
            source = fingerprint(roots("train", spec))
            self.path = Path(folder) / f"{identity({'spec': spec, 'fingerprint': source})}.npz"

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
        write_checkpoint(self.path, arrays, {"lanes": lanes})

    def load(self, runs: list[Any]) -> None:
        """Put every lane where the checkpoint left it, if there is one."""
        stored = None if self.path is None else read_checkpoint(self.path)
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

    def remove(self) -> None:
        """Delete the file of a job that has ended."""
        if self.path is not None:
            self.path.unlink(missing_ok=True)
