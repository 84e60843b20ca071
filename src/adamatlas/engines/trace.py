"""What a lane leaves behind: its record while it trains, and the trace of a whole job."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import xarray as xr

from adamatlas.lanes import expand
from adamatlas.schedule import snapshot_steps

COMPLETED, DIVERGED = 1, 2


def steps_of(schedule: dict[str, Any]) -> list[int]:
    """The steps at which the lanes of a job are recorded."""
    return snapshot_steps(schedule["steps"], schedule["snapshots"], schedule["snapshot_spacing"])


@dataclass
class Record:
    """One lane's snapshots so far: quantity -> (snapshot, ...) with NaN where it has not been yet."""

    count: int
    values: dict[str, np.ndarray] = field(default_factory=dict)
    taken: int = 0
    diverged_step: int = -1

    def take(self, quantities: dict[str, np.ndarray]) -> None:
        """Store the next snapshot."""
        for name, value in quantities.items():
            if name not in self.values:
                self.values[name] = np.full((self.count, *value.shape), np.nan, value.dtype)
            self.values[name][self.taken] = value
        self.taken += 1


def snapshot(
    schedule: dict[str, Any],
    w: np.ndarray,
    m: np.ndarray,
    v: np.ndarray,
    histories: dict[str, np.ndarray],
) -> dict[str, np.ndarray]:
    """What `schedule` asks to keep of a lane now; w, m, v: (rows, columns)."""
    weights = {"w": w} if schedule["weights"] else {}
    moments = {"m": m, "v": v} if schedule["moments"] else {}
    return {**histories, **weights, **moments}


def trace(spec: dict[str, Any], records: list[Record], problem: Any) -> xr.Dataset:
    """The trace dataset of a job from the records of its lanes, in the order of `expand(spec)`.

    `problem` names its histories, their dims and their coordinates (a problem's `fused` module).
    """
    schedule = spec["schedule"]
    steps = np.array(steps_of(schedule), dtype=np.int64)
    lanes = expand(spec)
    dims = {"w": problem.WEIGHT_DIMS, "m": problem.WEIGHT_DIMS, "v": problem.WEIGHT_DIMS, **problem.HISTORIES}
    long_names = {"w": "weights", "m": "first moment", "v": "second moment", **problem.LONG_NAMES}
    found = {
        name: (
            ("lane", "snapshot", *dims[name]),
            np.stack([record.values[name] for record in records]),
            {"long_name": long_names[name], "units": "1"},
        )
        for name in records[0].values
    }
    diverged = np.array([record.diverged_step for record in records], dtype=np.int64)
    found["status"] = (
        ("lane",),
        np.where(diverged < 0, COMPLETED, DIVERGED).astype(np.int8),
        {"long_name": "1 completed, 2 diverged", "units": "1"},
    )
    found["diverged_step"] = (
        ("lane",),
        diverged,
        {"long_name": "step of the divergence, -1 if none", "units": "1"},
    )
    return xr.Dataset(
        found,
        coords={
            "step": ("snapshot", steps, {"long_name": "optimizer steps taken", "units": "1"}),
            "epoch": ("snapshot", steps / schedule["steps_per_epoch"], {"long_name": "epochs", "units": "1"}),
            **{axis: ("lane", np.array([lane[axis] for lane in lanes])) for axis in lanes[0]},
            **problem.COORDS,
        },
    )
