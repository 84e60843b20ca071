"""Cubes: the measured quantities of a study over its axes, seeds and snapshots."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr

from adamatlas.errors import UserError

SEED_SCHEME = "Philox4x32-10 keyed by (seed, purpose), counted by (stream, block)"


def gather(measures: list[xr.Dataset], spec: dict[str, Any]) -> xr.Dataset:
    """One dataset over (*dims, seed[, snapshot][, extra dims]) from the measure files of a study.

    `measures` have the dims (run[, snapshot][, extra]) and the run's place as coordinates on `run`: every
    axis and `seed`; all measures and all blocks of seeds at once, in any order. `spec` holds `dims`, `tied`
    ({axis: dim}), `cells` (list of `axes`, `lane_axes`, `seeds`: the whole grid), `id`, `title`, `paper`,
    `reference`, `scale` and `config` (with `lanes`, the names of the axes that share a schedule).

    Quantities are float64, NaN where there is no run. `status` is never missing: 0 not in the grid, 1
    completed, 2 diverged; `diverged_step` is -1 where a run did not. `step` (-1 where absent) and `epoch`
    are coordinates over (cell axes, snapshot). Raises UserError where a run of the grid is missing, or one
    is found that is not in it.
    """
    places = {name: _values(spec["cells"], name) for name in [*spec["dims"], "seed"]}
    dims = tuple(places)
    shape = tuple(len(values) for values in places.values())
    snapshots = max((ds.sizes.get("snapshot", 0) for ds in measures), default=0)
    cube = xr.Dataset(coords={name: _coordinate(name, values) for name, values in places.items()})
    cube = cube.assign_coords(snapshot=("snapshot", np.arange(snapshots), _named("snapshot number")))
    for axis, dim in spec["tied"].items():
        cube.coords[axis] = (dim, _tied(spec["cells"], axis, dim, places[dim]), _named(axis))
    cell_dims = tuple(name for name in spec["dims"] if name not in spec["config"].get("lanes", []))
    filled: dict[str, np.ndarray] = {}
    for ds in measures:
        index = _indices(ds, places)
        for name, variable in ds.data_vars.items():
            extra = [dim for dim in variable.dims if dim not in ("run", "snapshot")]
            cube = cube.assign_coords(
                {dim: ds[dim].assign_attrs(_named(dim) | ds[dim].attrs) for dim in extra}
            )
            full = (*dims, *(("snapshot",) if "snapshot" in variable.dims else ()), *extra)
            if name not in filled:
                sizes = {"snapshot": snapshots, **dict(zip(dims, shape, strict=True)), **ds.sizes}
                sizes["snapshot"] = snapshots
                filled[name] = np.full([sizes[dim] for dim in full], *_blank(name))
                cube[name] = (full, filled[name], dict(variable.attrs))
            values = variable.transpose("run", ..., *extra).values
            within = (*index, slice(values.shape[1])) if "snapshot" in variable.dims else index
            cube[name].values[within] = values
        if "step" in ds.coords and "snapshot" in ds.dims:
            for name in ("step", "epoch"):
                _schedule(cube, name, ds, index, dims, cell_dims, snapshots)
    _check_status(cube, places, spec)
    return cube.assign_attrs(_attrs(spec))


def _values(cells: list[dict], name: str) -> list:
    """The places along one dim: numbers ascending, names in the order of the grid."""
    found: dict[Any, None] = {}
    for cell in cells:
        if name == "seed":
            found |= dict.fromkeys(cell["seeds"])
        elif name in cell["lane_axes"]:
            found |= dict.fromkeys(cell["lane_axes"][name])
        else:
            found[cell["axes"][name]] = None
    return list(found) if any(isinstance(value, str) for value in found) else sorted(found)


def _tied(cells: list[dict], axis: str, dim: str, places: list) -> np.ndarray:
    """The values of a tied axis along the dim that it is tied to."""
    found: dict[Any, Any] = {}
    for cell in cells:
        here = cell["axes"] | cell["lane_axes"]
        pairs = zip(np.atleast_1d(here[dim]).tolist(), np.atleast_1d(here[axis]).tolist(), strict=True)
        for place, value in pairs:
            if found.setdefault(place, value) != value:
                raise UserError(f"{axis} has two values at {dim}={place}: it cannot be tied to {dim}")
    return np.array([found[place] for place in places])


def _indices(ds: xr.Dataset, places: dict[str, list]) -> tuple[np.ndarray, ...]:
    """The place of each run, one index array for each dim of the grid."""
    out = []
    for name, values in places.items():
        number = {value: k for k, value in enumerate(values)}
        runs = ds[name].values.tolist()
        if strange := [value for value in runs if value not in number]:
            raise UserError(f"a measured run has {name}={strange[0]}, which the study does not have")
        out.append(np.array([number[value] for value in runs], dtype=int))
    return tuple(out)


def _schedule(cube, name, ds, index, dims, cell_dims, snapshots) -> None:
    """Fill `step` or `epoch` over (cell axes, snapshot)."""
    if name not in cube.coords:
        empty = np.full([*(cube.sizes[dim] for dim in cell_dims), snapshots], *_blank(name))
        cube.coords[name] = ((*cell_dims, "snapshot"), empty, {"long_name": f"{name}s", "units": "1"})
    within = tuple(one for one, dim in zip(index, dims, strict=True) if dim in cell_dims)
    values = ds[name].transpose("run", "snapshot").values
    cube.coords[name].values[(*within, slice(values.shape[1]))] = values


def _blank(name: str) -> tuple[float, type]:
    kinds = {"status": (0, np.int8), "diverged_step": (-1, np.int64), "step": (-1, np.int64)}
    return kinds.get(name, (np.nan, np.float64))


def _check_status(cube: xr.Dataset, places: dict[str, list], spec: dict) -> None:
    """Every run of the grid must be there."""
    wanted = np.zeros([len(values) for values in places.values()], bool)
    for cell in spec["cells"]:
        here = {**cell["axes"], **cell["lane_axes"], "seed": cell["seeds"]}
        axes = [(values, np.atleast_1d(here[name]).tolist()) for name, values in places.items()]
        wanted[np.ix_(*([values.index(place) for place in found] for values, found in axes))] = True
    if missing := np.argwhere(wanted & (cube["status"].values == 0)).tolist():
        where = {name: values[k] for (name, values), k in zip(places.items(), missing[0], strict=True)}
        point = ", ".join(f"{name}={value}" for name, value in where.items())
        raise UserError(
            f"{spec['id']}: {len(missing)} runs of the grid are not measured, the first is {point}"
        )


def _coordinate(name: str, values: list) -> tuple:
    return name, np.array(values), _named(name)


def _named(name: str) -> dict[str, str]:
    return {"long_name": name.replace("_", " "), "units": "1"}


def _attrs(spec: dict) -> dict[str, Any]:
    return {
        "title": spec["title"],
        "paper": spec["paper"],
        "study": spec["id"],
        "scale": spec["scale"],
        "references": spec["reference"],
        "config_json": spec["config"],
        "threads": "any: results do not depend on it",
        "seed_scheme": SEED_SCHEME,
    }
