"""The contracts between rooms, with shapes and units: what a part must have so that the rest can use it.

A part is a module or an object; nothing inherits from these. Arrays are numpy's unless said otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import numpy as np
    import xarray as xr
    from matplotlib.figure import Figure
    from torch import nn

    from adamatlas.claims.rules import Claim
    from adamatlas.problems.trainer import Layout

Spec = Mapping[str, Any]
"""What a job is made from, as canonical JSON holds it."""
Draw = dict[str, "np.ndarray"]
"""The data of one seed: names and dims as the problem's `data.DIMS` says, without `seed`."""


class DataModule(Protocol):
    """`problems/<name>/data.py`: draws of a problem."""

    DIMS: Mapping[str, tuple[str, ...]]
    """The dims of each array in a data file, `seed` first."""

    def sample(self, settings: Mapping[str, Any], seed: int) -> Draw:
        """The training draw of one seed."""


class NetworkModule(Protocol):
    """`problems/images/networks/<name>.py`, with the literals that the package's docstring lists."""

    def build(self, shape: tuple[int, int, int], activation: str, classes: int) -> nn.Module:
        """The network for images (channels, rows, columns); it may be built on torch's device `meta`."""


class CostModule(Protocol):
    """`problems/<name>/cost.py`, optional: what training costs on one core; None where it does not know.

    START_SECONDS may say how much longer than for other problems a job takes to start.
    """

    def weights(self, settings: Mapping[str, Any]) -> int | None:
        """Weights of one lane."""

    def step_seconds(self, spec: Spec) -> float | None:
        """Seconds of one step of one lane."""

    def gpu_step_seconds(self, spec: Spec) -> float | None:
        """The same on a GPU, of a problem with an engine that can use one; GPU_START_SECONDS likewise."""


class Resumable(Protocol):
    """What a checkpoint keeps."""

    def arrays(self) -> dict[str, np.ndarray]:
        """Copies of all that a checkpoint must hold."""

    def restore(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Go on from the arrays of a checkpoint."""


class State(Resumable, Protocol):
    """What an optimizer carries for one lane."""

    def finite(self) -> bool:
        """Whether every weight is finite."""

    def snapshot(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Weights, first and second moment, in the shape of the weights, as a trace keeps them."""


class Trainer(Protocol):
    """One lane in training: `Trainer` of `problems/<name>/<engine>.py`."""

    state: State

    def advance(self, start: int, stop: int) -> int:
        """Train from step `start` to `stop`; the step reached, less than `stop` where the lane diverged."""

    def histories(self) -> Mapping[str, Any]:
        """The scalars (or small arrays) that are recorded at every snapshot."""


class TrainerModule(Protocol):
    """`problems/<name>/<engine>.py`: how an engine trains the problem, and what its traces hold."""

    LAYOUT: Layout


class Lanes(Resumable, Protocol):
    """k lanes in training that advance together: in one array, or k = 1 of an engine of single lanes."""

    count: int
    """k."""

    def advance(self, start: int, stop: int) -> np.ndarray:
        """Train from step `start` to `stop`; the step each lane reached (k,).

        It is less than `stop` where a lane diverged. The numbers of a lane that has diverged, in this call or
        before, are not looked at again.
        """

    def finite(self) -> np.ndarray:
        """Whether all weights of a lane are finite (k,) bool."""

    def histories(self) -> dict[str, np.ndarray]:
        """The histories now, each (k, ...)."""

    def moments(self) -> dict[str, np.ndarray]:
        """w, m and v now, each (k, ...) in the shape of the weights."""


class Engine(Protocol):
    """`engines/<name>.py`: how the lanes of a train spec are built; engines/run.py trains them."""

    __name__: str
    DEVICES: tuple[str, ...]
    """Kinds of devices that it can compute on, a literal: of "cpu", "cuda"."""

    def build(self, problem: Any, spec: Spec, draws: Mapping[int, Draw], device: str) -> Sequence[Lanes]:
        """All lanes in the order of the trace, in groups that train side by side.

        problem: its TrainerModule for this engine; draws: by seed.
        """

    def prepare(self) -> None:
        """Set up the calling thread, which is going to train."""

    def at_once(self, spec: Spec) -> int:
        """How many groups of lanes a GPU does at once; of an engine that can use one."""


class Reporter(Protocol):
    """Is told of the progress of a job, in steps of all its lanes together."""

    def resumed(self, done: int) -> None:
        """The job goes on from a checkpoint after `done` steps."""

    def update(self, done: int) -> None:
        """`done` steps are done."""


class MeasureModule(Protocol):
    """`measures/<name>.py`: quantities of the traces of a study, with the literals of `declarations`."""

    PROBLEMS: Sequence[str]
    QUANTITIES: Mapping[str, tuple]

    def measure(self, trace: xr.Dataset, data: xr.Dataset, spec: Spec) -> xr.Dataset:
        """The quantities over (lane[, snapshot][, dims of its own])."""


class FigureModule(Protocol):
    """`figures/<paper>/<name>.py`: a picture of a study's cube.

    It draws every value of the axes that it knows, or has a literal SHOWS {axis: what} (`adamatlas.shows`).
    """

    REQUIRES: Sequence[str]
    """Axes that it knows: those of the grid, and dims that measures add."""
    QUANTITIES: Sequence[str]
    """Variables of the cube that it draws."""

    def draw(self, cube: xr.Dataset) -> Figure:
        """The picture."""


class ClaimGroup(Protocol):
    """`claims/<paper>/<name>.py`: verdicts on a study's cube."""

    REQUIRES: Sequence[str]
    QUANTITIES: Sequence[str]

    def judge(self, cube: xr.Dataset) -> list[Claim]:
        """The claims of the group, each with its verdict and evidence."""
