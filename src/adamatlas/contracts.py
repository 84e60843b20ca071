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

    from adamatlas.claims.rules import Claim

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


class CostModule(Protocol):
    """`problems/<name>/cost.py`, optional: what training costs on one core; None where it does not know."""

    def weights(self, settings: Mapping[str, Any]) -> int | None:
        """Weights of one lane."""

    def step_seconds(self, spec: Spec) -> float | None:
        """Seconds of one step of one lane."""


class Lanes(Protocol):
    """k lanes in training that advance together; k = 1 for an engine that trains each lane by itself."""

    count: int
    """k."""

    def advance(self, start: int, stop: int) -> np.ndarray:
        """Train from step `start` to `stop`; the step reached (k,): less than `stop` after a divergence."""

    def finite(self) -> np.ndarray:
        """Whether all weights of a lane are finite (k,)."""

    def snapshot(self) -> dict[str, np.ndarray]:
        """Weights w, moments m and v, and the problem's histories now, each (k, ...)."""

    def arrays(self) -> dict[str, np.ndarray]:
        """Copies of all that a checkpoint must hold."""

    def restore(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Go on from the arrays of a checkpoint."""


class MeasureModule(Protocol):
    """`measures/<name>.py`: named quantities of the traces of a study."""

    PROBLEMS: Sequence[str]
    NEEDS: Mapping[str, tuple]
    """Settings that its runs must have, {key: allowed values}; optional."""
    QUANTITIES: Mapping[str, tuple]
    """What it delivers: {name: (dims after the lane, long_name, units)}; see `declarations`."""
    COORDINATES: Mapping[str, tuple[tuple | None, str]]
    """The dims that it adds: {dim: (values, long_name)}; optional."""

    SECONDS: tuple[float, float]
    """What it costs: to start, and for each lane and snapshot; optional."""

    def measure(self, trace: xr.Dataset, data: xr.Dataset, spec: Spec) -> xr.Dataset:
        """The quantities over (lane[, snapshot][, dims of its own])."""


class FigureModule(Protocol):
    """`figures/<paper>/<name>.py`: a picture of a study's cube."""

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
