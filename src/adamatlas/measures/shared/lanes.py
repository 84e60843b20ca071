"""The lanes of a trace: their settings, their training data, their weights."""

import json
from collections.abc import Iterator, Mapping

import numpy as np
import xarray as xr

from adamatlas.contracts import Draw
from adamatlas.declarations import unmet
from adamatlas.errors import UserError
from adamatlas.lanes import Lane, lanes
from adamatlas.store import read_spec

LABELS = (-1, 1)


def trained_lanes(trace: xr.Dataset) -> list[Lane]:
    """The lanes of `trace` in their order."""
    return lanes(read_spec(trace))


def lanes_by_draw(trace: xr.Dataset) -> list[list[Lane]]:
    """The lanes of `trace` in lists of one seed and equal settings, hence of one draw; seed by seed."""
    groups: dict[tuple[int, str], list[Lane]] = {}
    for lane in trained_lanes(trace):
        groups.setdefault((lane.seed, json.dumps(lane.settings, sort_keys=True)), []).append(lane)
    return [groups[key] for key in sorted(groups)]


def lanes_with_weights(
    trace: xr.Dataset, data: xr.Dataset
) -> Iterator[tuple[Lane, Draw, np.ndarray, np.ndarray]]:
    """Each lane with its training draw, its weights (snapshot, row, column) and its `finite_snapshots`."""
    weight = weights(trace)
    for lane in trained_lanes(trace):
        w = weight[lane.number]
        yield lane, training_draw(data, lane.seed), w, finite_snapshots(w)


def training_draw(data: xr.Dataset, seed: int) -> Draw:
    """The training data of one seed as its data file holds them, in units of the standard normal."""
    one = data.sel(seed=seed)
    return {name: np.ascontiguousarray(one[name].values) for name in one.data_vars}


def require(trace: xr.Dataset, needs: Mapping[str, tuple], what: str) -> None:
    """Raise UserError where `trace` was not trained as a measure `needs` it; what: its name and theory."""
    if lacking := unmet(needs, read_spec(trace)):
        raise UserError(f"{what} needs {', '.join(lacking)}")


def weights(trace: xr.Dataset) -> np.ndarray:
    """The weights (lane, snapshot, row, column). UserError where the study stored none."""
    if "w" not in trace:
        raise UserError("the trace holds no weights: set `weights: true` in the study or drop this measure")
    return trace["w"].values


def finite_snapshots(weight: np.ndarray) -> np.ndarray:
    """Which snapshots of the weights (snapshot, row, column) come before a divergence."""
    return np.flatnonzero(np.isfinite(weight).all(axis=(1, 2)))


def spread(snapshots: np.ndarray, most: int) -> np.ndarray:
    """At most so many of the snapshots, from the first to the last."""
    if not len(snapshots):
        return snapshots
    return snapshots[np.unique(np.linspace(0, len(snapshots) - 1, most).astype(int))]
