"""The record of lanes while they train, and the trace of a whole job."""

from collections.abc import Mapping, Sequence

import numpy as np

from adamatlas.arrays import Arrays, Variable
from adamatlas.contracts import Spec, TrainerModule
from adamatlas.lanes import points
from adamatlas.schedule import snapshot_steps

COMPLETED, DIVERGED = 1, 2


class Record:
    """The snapshots so far of k lanes that advance together.

    stops: the steps of the snapshots; values: {quantity: (k, snapshot, ...)}, NaN where it is still to come
    and after a divergence; taken: how many snapshots; diverged_step: (k,) int64, -1 where none did.
    """

    def __init__(self, stops: Sequence[int], count: int) -> None:
        self.stops = stops
        self.values: dict[str, np.ndarray] = {}
        self.taken = 0
        self.diverged_step = np.full(count, -1, np.int64)

    @property
    def alive(self) -> np.ndarray:
        """Which lanes have not diverged (k,)."""
        return self.diverged_step < 0

    @property
    def finished(self) -> bool:
        """Whether every snapshot is taken or every lane has diverged."""
        return self.taken == len(self.stops) or not self.alive.any()

    def stop(self, which: np.ndarray, step: np.ndarray) -> None:
        """Lanes `which` (k,) diverge at `step` (k,); those that have diverged before keep their step."""
        self.diverged_step = np.where(self.alive & which, step, self.diverged_step)

    def take(self, quantities: Mapping[str, np.ndarray]) -> None:
        """Store the next snapshot, (k, ...) each, of the lanes alive."""
        self.make_room(quantities)
        for name, value in quantities.items():
            self.values[name][self.alive, self.taken] = value[self.alive]
        self.taken += 1

    def make_room(self, quantities: Mapping[str, np.ndarray]) -> None:
        """Make arrays of NaN for the quantities that have none yet."""
        for name, value in quantities.items():
            if name not in self.values:
                shape = (len(value), len(self.stops), *value.shape[1:])
                self.values[name] = np.full(shape, np.nan, value.dtype)


def stops_of(spec: Spec) -> list[int]:
    """The steps at which the lanes of a job are recorded."""
    schedule = spec["schedule"]
    return snapshot_steps(schedule["steps"], schedule["snapshots"], schedule["snapshot_spacing"])


def trace(spec: Spec, records: Sequence[Record], module: TrainerModule, device: str) -> Arrays:
    """The trace of a job from the records of its groups, whose lanes are in the order of `points(spec)`."""
    lanes = points(spec)
    steps = np.array(stops_of(spec), dtype=np.int64)
    layout, state = module.LAYOUT, {"w": "weights", "m": "first moment", "v": "second moment"}
    held = {name: (layout.weight_dims, long_name) for name, long_name in state.items()} | layout.histories
    variables = {}
    for name in records[0].values:
        dims, long_name = held[name]
        values = np.concatenate([record.values[name] for record in records])
        variables[name] = _variable(("lane", "snapshot", *dims), values, long_name)
    diverged = np.concatenate([record.diverged_step for record in records])
    status = np.where(diverged < 0, COMPLETED, DIVERGED).astype(np.int8)
    epochs = steps / spec["schedule"]["steps_per_epoch"]
    coords = {
        "step": _variable(("snapshot",), steps, "optimizer steps taken"),
        "epoch": _variable(("snapshot",), epochs, "epochs"),
        **{axis: Variable(("lane",), np.array([lane[axis] for lane in lanes]), {}) for axis in lanes[0]},
        **{dim: _variable((dim,), *coordinate) for dim, coordinate in layout.coordinates.items()},
    }
    variables |= {
        "status": _variable(("lane",), status, "1 completed, 2 diverged"),
        "diverged_step": _variable(("lane",), diverged, "step of the divergence, -1 if none"),
    }
    return Arrays({**variables, **coords}, frozenset(coords), {"device": device})


def _variable(dims: tuple[str, ...], values: np.ndarray, long_name: str) -> Variable:
    return Variable(dims, values, {"long_name": long_name, "units": "1"})
