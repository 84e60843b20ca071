"""Pick runs out of a cube: what claims and figures share."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
import xarray as xr

LATE = 0.8
T = TypeVar("T", xr.Dataset, xr.DataArray)


def pick(cube: xr.Dataset, **point: object) -> xr.Dataset:
    """The part of `cube` at `point`, without dims of one place and without seeds that have no run there.

    A coordinate tied to a dim may be named too. A place that the cube does not have gives no seeds: at small
    scales a grid may lack it.
    """
    there = True
    for name, value in point.items():
        if name not in cube.coords or cube[name].dims == ():
            continue
        (dim,) = cube[name].dims
        places = cube[name].values
        same = places == value if isinstance(value, str) else np.isclose(places.astype(float), float(value))
        there &= bool(same.any())
        cube = cube.isel({dim: np.flatnonzero(same) if same.any() else [0]})
    single = [dim for dim in cube["status"].dims if dim != "seed" and cube.sizes[dim] == 1]
    cube = cube.isel(dict.fromkeys(single, 0))
    others = [dim for dim in cube["status"].dims if dim != "seed"]
    ran = (cube["status"] > 0).any(others).values
    return cube.isel(seed=np.flatnonzero(ran & there))


def along(found: T, *dims: str) -> T:
    """`found` with these dims, of one place where `pick` took one away."""
    return found.expand_dims([dim for dim in dims if dim not in found.dims])


def at_end(cube: xr.Dataset, name: str) -> xr.DataArray:
    """A quantity at the last snapshot of each cell; NaN for runs that diverged."""
    if "snapshot" not in cube[name].dims:
        return cube[name]
    last = ((cube["step"] >= 0).sum("snapshot") - 1).clip(min=0)
    return cube[name].isel(snapshot=last).drop_vars("snapshot", errors="ignore")


def end_values(cube: xr.Dataset, name: str, **point: object) -> np.ndarray:
    """A quantity at the end at one point, seeds first (seed, ...)."""
    return at_end(pick(cube, **point), name).transpose("seed", ...).values


def late_values(cube: xr.Dataset, name: str, **point: object) -> np.ndarray:
    """A quantity averaged over the snapshots in the last fifth of the steps, at one point (seed, ...).

    For what swings between snapshots, where the last one is a single draw. NaN for runs that diverged.
    """
    part = pick(cube, **point)
    late = part["step"] >= LATE * part["step"].max("snapshot")
    total = part[name].where(late, 0.0).sum("snapshot", skipna=False)
    return (total / late.sum("snapshot")).transpose("seed", ...).values


def flips(cube: xr.Dataset, **point: object) -> np.ndarray:
    """How many of the two classes have max_r <w_jr, j v> < 0 at the end (seed, ...); NaN after divergence."""
    feature = at_end(pick(cube, **point), "feature").transpose("seed", ..., "label").values
    return np.where(np.isfinite(feature).all(axis=-1), (feature < 0).sum(axis=-1), np.nan)


def exceeds(values: np.ndarray, bound: float) -> np.ndarray:
    """1 where a value is above the bound, 0 where it is not, NaN where it is not known."""
    values = np.asarray(values, dtype=float)
    return np.where(np.isfinite(values), values > bound, np.nan)
