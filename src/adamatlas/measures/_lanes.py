"""What every measure needs: the lanes of a trace, their settings, their data, and a dataset to fill."""

from __future__ import annotations

import json
from collections.abc import Mapping

import numpy as np
import xarray as xr

from adamatlas.errors import UserError
from adamatlas.lanes import Lane
from adamatlas.lanes import lanes as lanes_of
from adamatlas.needs import unmet
from adamatlas.store import read_spec

LABELS = np.array([-1, 1])


def lanes(trace: xr.Dataset) -> list[Lane]:
    """The lanes of `trace` in their order."""
    return lanes_of(read_spec(trace))


def require(trace: xr.Dataset, needs: Mapping[str, tuple], what: str) -> None:
    """Raise UserError where `trace` was not trained as a measure `needs` it; what: its name and theory."""
    if lacking := unmet(needs, read_spec(trace)):
        raise UserError(f"{what} needs {', '.join(lacking)}")


def draws(trace: xr.Dataset) -> list[list[Lane]]:
    """The lanes of `trace` in lists of one seed and settings, hence of one draw; seed by seed."""
    found: dict[tuple[int, str], list[Lane]] = {}
    for lane in lanes(trace):
        found.setdefault((lane.seed, json.dumps(lane.settings, sort_keys=True)), []).append(lane)
    return [found[key] for key in sorted(found)]


def weights(trace: xr.Dataset) -> np.ndarray:
    """The weights (lane, snapshot, row, column).

    Raises UserError where the study stored none (schedule key `weights: false`).
    """
    if "w" not in trace:
        raise UserError("the trace holds no weights: set `weights: true` in the study or drop this measure")
    return trace["w"].values


def draw(data: xr.Dataset, seed: int) -> dict[str, np.ndarray]:
    """The training draw of one seed, in units of the standard normal."""
    one = data.sel(seed=seed)
    return {name: np.ascontiguousarray(one[name].values) for name in one.data_vars}


def finite(weight: np.ndarray) -> np.ndarray:
    """Numbers of the snapshots (snapshot, row, column) that hold weights: none after a divergence."""
    return np.flatnonzero(np.isfinite(weight).all(axis=(1, 2)))


def empty(trace: xr.Dataset, *extra: int) -> np.ndarray:
    """NaN in the shape (lane, snapshot, *extra)."""
    return np.full((trace.sizes["lane"], trace.sizes["snapshot"], *extra), np.nan)


def dataset(trace: xr.Dataset, variables: dict, coords: dict | None = None) -> xr.Dataset:
    """The variables {name: (dims, values, long_name[, units])} on the coordinates of the trace."""
    found = {
        name: (dims, values, {"long_name": long_name, "units": units[0] if units else "1"})
        for name, (dims, values, long_name, *units) in variables.items()
    }
    for name, long_name in (("status", "how the run ended"), ("diverged_step", "step of the divergence")):
        found[name] = (trace[name].dims, trace[name].values, {"long_name": long_name, "units": "1"})
    return xr.Dataset(found, coords={**trace.coords, **(coords or {})})
