"""Read a cube: the runs at a point, the course of a quantity, its end, and what is the same in all runs."""

import json
from typing import Any

import numpy as np
import xarray as xr

from adamatlas.errors import UserError
from adamatlas.registry import suggestion
from adamatlas.units import value_shown

LATE = 0.8
SAME = 1e-9
"""Relative difference up to which two numbers on an axis are one."""


def pick(cube: xr.Dataset, *dims: str, **point: Any) -> xr.Dataset:
    """The runs at `point`, over exactly the axes `dims` in this order, whatever the grid has.

    `pick(cube, "lr", optimizer="adam")["feature"]` has the dims lr, seed, snapshot, label: seed, snapshot and
    those that measures add follow unless they are named. An axis of one value that is not named is dropped,
    one that is named is there even where it is constant in the study. `point` may also name a coordinate tied
    to an axis (`sigma_p`) or a dim of a measure (`label=1`). Seeds that the grid does not have there are left
    out; what a partial cube lacks is NaN, as after a divergence.

    Raises UserError for a name that is no axis of the cube, for a value that it does not have (`runs` then
    gives no seeds), and for an axis of several values that is neither named nor given one.
    """
    for name, value in point.items():
        axis = _axis(cube, name)
        if not _same(axis, value).any():
            raise UserError(f"no run of {_study(cube)} has {name} = {value}; there are {_listed(axis)}")
    return runs(cube, *dims, **point)


def runs(cube: xr.Dataset, *dims: str, **point: Any) -> xr.Dataset:
    """As `pick`, but a value that the grid lacks gives no seeds: claims are judged on smaller grids, too."""
    there = True
    for name, value in point.items():
        axis = _axis(cube, name)
        same = _same(axis, value)
        there &= bool(same.any())
        for dim in axis.dims:
            cube = cube.isel({dim: np.flatnonzero(same) if same.any() else [0]})
            if dim not in (*cube["status"].dims, "snapshot", *dims) and cube.sizes[dim] == 1:
                cube = cube.isel({dim: 0})
    dims = tuple(dims) if "seed" in dims else (*dims, "seed")
    for dim in dims:
        cube = cube if dim in cube.dims else _with_dim(cube, dim)
    for dim in sorted(set(cube["status"].dims) - set(dims)):
        if cube.sizes[dim] > 1:
            values = _listed(cube[dim])
            raise UserError(
                f"{dim} of {_study(cube)} has the values {values}: name it as a dim or give it one"
            )
        cube = cube.isel({dim: 0})
    asked = (cube["status"] != 0).any([dim for dim in cube["status"].dims if dim != "seed"])
    order = dims if "snapshot" in dims else (*dims, "snapshot")
    return cube.isel(seed=np.flatnonzero(asked.values & there)).transpose(*order, ..., missing_dims="ignore")


def history(part: xr.Dataset, name: str) -> xr.DataArray:
    """The course of a quantity (..., snapshot) without the padding of cells with fewer snapshots.

    `step` and `epoch` are its coordinates over snapshot. A cell that a partial cube lacks has a course of NaN
    whose steps and epochs are the numbers of the snapshots. Raises UserError where the cells of `part` have
    different schedules.
    """
    step = part["step"]
    others = [dim for dim in step.dims if dim != "snapshot"]
    longest = step.max(others)
    if ((step >= 0) & (step != longest)).any():
        raise UserError(
            f"the cells of {_study(part)} over {', '.join(others)} have different steps: pick one"
        )
    if (longest < 0).all():
        number = part["snapshot"].variable
        return part[name].assign_coords(step=number, epoch=number.astype(float)).transpose(..., "snapshot")
    coords = {"step": longest, "epoch": part["epoch"].max(others)}
    return part[name].assign_coords(coords).isel(snapshot=longest.values >= 0).transpose(..., "snapshot")


def at_end(part: xr.Dataset, name: str) -> xr.DataArray:
    """A quantity at the last snapshot of each cell; NaN for runs that diverged."""
    found = part[name]
    if "snapshot" not in found.dims:
        return found
    last = ((part["step"] >= 0).sum("snapshot") - 1).clip(min=0)
    end = found.isel(snapshot=last).drop_vars("snapshot", errors="ignore")
    return end.transpose(*(dim for dim in found.dims if dim != "snapshot"))


def end_values(cube: xr.Dataset, name: str, **point: Any) -> np.ndarray:
    """A quantity at the end of the `runs` at one point (seed, ...)."""
    return at_end(runs(cube, **point), name).values


def late_values(cube: xr.Dataset, name: str, **point: Any) -> np.ndarray:
    """A quantity averaged over the snapshots in the last fifth of the steps, at one point (seed, ...).

    For what swings between snapshots, where the last one is a single draw. NaN for runs that diverged.
    """
    part = runs(cube, **point)
    late = part["step"] >= LATE * part["step"].max("snapshot")
    total = part[name].where(late, 0.0).sum("snapshot", skipna=False)
    return (total / late.sum("snapshot")).values


def flips(cube: xr.Dataset, **point: Any) -> np.ndarray:
    """How many of the two classes have a feature margin below 0 at the end (seed,); NaN after divergence."""
    margin = end_values(cube, "feature_margin", **point)
    return np.where(np.isfinite(margin).all(axis=-1), (margin < 0).sum(axis=-1), np.nan)


def holds(values: np.ndarray, condition: np.ndarray) -> np.ndarray:
    """1 where a condition on known values holds, 0 where it does not, NaN where a value is not known."""
    return np.where(np.isfinite(values), condition, np.nan)


def exceeds(values: np.ndarray, bound: float) -> np.ndarray:
    """1 where a value is above the bound, 0 where it is not, NaN where it is not known."""
    values = np.asarray(values, dtype=float)
    return holds(values, values > bound)


def constant(cube: xr.Dataset, key: str, default: Any = None) -> Any:
    """A setting that is the same in all runs of the study; `default` where it varies or is not said."""
    said = cube.attrs.get("config_json", {})
    said = json.loads(said) if isinstance(said, str) else said
    for part in (said, *(said.get(group, {}) for group in PARTS)):
        if key in part:
            return part[key]
    return default


def settings_at(cube: xr.Dataset, **point: Any) -> dict[str, Any]:
    """Every setting of the runs at a point: those that the whole study shares, the axes and what is tied."""
    said = cube.attrs.get("config_json", {})
    said = json.loads(said) if isinstance(said, str) else said
    shared = {key: value for group in PARTS for key, value in said.get(group, {}).items()}
    at = {str(name): coord.item() for name, coord in runs(cube, **point).coords.items() if not coord.ndim}
    return shared | at | point


PARTS = ("settings", "optimizer", "regularizer", "schedule", "options")


def _axis(cube: xr.Dataset, name: str) -> xr.DataArray:
    """The coordinate of an axis; UserError with the near name."""
    known = [str(key) for key, coord in cube.coords.items() if coord.ndim <= 1]
    if name not in known:
        raise UserError(f"{name} is no axis of {_study(cube)}; {suggestion(name, sorted(known))}")
    return cube[name]


def _same(axis: xr.DataArray, value: Any) -> np.ndarray:
    """At which places of an axis a value stands."""
    if axis.dtype.kind in "iufb" and not isinstance(value, str):
        return np.isclose(np.atleast_1d(axis.values).astype(float), float(value), rtol=SAME, atol=0.0)
    return np.atleast_1d(axis.values) == value


def _with_dim(cube: xr.Dataset, dim: str) -> xr.Dataset:
    """The cube with a dim of one place for what is constant in it."""
    if dim == "snapshot":
        return cube
    if dim not in cube.coords and (value := constant(cube, dim)) is not None:
        cube = cube.assign_coords({dim: value})
    if _axis(cube, dim).ndim:
        raise UserError(f"{dim} of {_study(cube)} lies along {cube[dim].dims[0]}: name that")
    return cube.expand_dims(dim)


def _listed(axis: xr.DataArray) -> str:
    return ", ".join(map(value_shown, np.atleast_1d(axis.values).tolist()))


def _study(cube: xr.Dataset) -> str:
    return cube.attrs.get("study", "this cube")
