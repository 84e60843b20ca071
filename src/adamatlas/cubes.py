"""Cubes: the measured quantities of a study over its axes, seeds and snapshots."""

from typing import Any

import numpy as np
import xarray as xr

from adamatlas.errors import UserError

SEED_SCHEME = "Philox4x32-10 keyed by (seed, purpose), counted by (stream, block)"
NOT_RUN = -1
"""The status of a run of the grid that a partial cube lacks."""


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

    With `partial` in the spec, runs of the grid may be missing: their status is -1, and the attribute
    `missing` lists them as `cells` are listed.
    """
    places = {name: _values(spec["cells"], name) for name in [*spec["dims"], "seed"]}
    dims = tuple(places)
    snapshots = np.arange(max((ds.sizes.get("snapshot", 0) for ds in measures), default=0))
    coords = {name: (name, np.array(values), _named(name)) for name, values in places.items()}
    cube = xr.Dataset(coords={**coords, "snapshot": ("snapshot", snapshots, _named("snapshot number"))})
    for axis, dim in spec["tied"].items():
        cube.coords[axis] = (dim, _tied(spec["cells"], axis, dim, places[dim]), _named(axis))
    lanes = spec["config"].get("lanes", [])
    cell_dims = tuple(name for name in spec["dims"] if name not in lanes)
    for ds in measures:
        index = _indices(ds, places)
        for variable in ds.data_vars.values():
            along = [dim for dim in variable.dims if dim == "snapshot"]
            extra = [dim for dim in variable.dims if dim not in ("run", "snapshot")]
            cube = cube.assign_coords(
                {dim: ds[dim].assign_attrs(_named(dim) | ds[dim].attrs) for dim in extra}
            )
            _fill(cube, (*dims, *along, *extra), variable.transpose("run", *along, *extra), index)
        if "step" in ds.coords and "snapshot" in ds.dims:
            of_cells = tuple(index[dims.index(dim)] for dim in cell_dims)
            for name in ("step", "epoch"):
                schedule = ds[name].transpose("run", "snapshot")
                schedule.attrs = {"long_name": f"{name}s", "units": "1"}
                _fill(cube, (*cell_dims, "snapshot"), schedule, of_cells)
            cube = cube.set_coords(["step", "epoch"])
    missing = _missing(cube, places, spec)
    return cube.assign_attrs(
        {"missing": missing} if missing else {},
        title=spec["title"],
        paper=spec["paper"],
        study=spec["id"],
        scale=spec["scale"],
        references=spec["reference"],
        config_json=spec["config"],
        threads="any: results do not depend on it",
        seed_scheme=SEED_SCHEME,
    )


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


def _fill(cube: xr.Dataset, dims: tuple, found: xr.DataArray, index: tuple[np.ndarray, ...]) -> None:
    """Write what was `found` (run, ...) to the variable of its name over `dims`, each run to its `index`.

    Runs may have fewer snapshots than the cube.
    """
    if found.name not in cube.variables:
        empty = np.full([cube.sizes[dim] for dim in dims], *_blank(found.name))
        cube[found.name] = (dims, empty, dict(found.attrs))
    within = (*index, slice(found.sizes["snapshot"])) if "snapshot" in dims else index
    cube[found.name].values[within] = found.values


def _blank(name: str) -> tuple[float, type]:
    kinds = {"status": (0, np.int8), "diverged_step": (-1, np.int64), "step": (-1, np.int64)}
    return kinds.get(name, (np.nan, np.float64))


def _missing(cube: xr.Dataset, places: dict[str, list], spec: dict) -> list[dict]:
    """The cells with the seeds that the cube lacks, marked in its `status`; an error if it is not partial."""
    status, out = cube["status"].values, []
    for cell in spec["cells"]:
        here = {**cell["axes"], **cell["lane_axes"], "seed": cell["seeds"]}
        axes = [(values, np.atleast_1d(here[name]).tolist()) for name, values in places.items()]
        wanted = np.ix_(*([values.index(place) for place in found] for values, found in axes))
        lacking = status[wanted] <= 0
        status[wanted] = np.where(lacking, NOT_RUN, status[wanted])
        if lacking.any():
            of_seeds = lacking.any(axis=tuple(range(lacking.ndim - 1)))
            seeds = [seed for seed, lacks in zip(cell["seeds"], of_seeds, strict=True) if lacks]
            out.append({name: cell[name] for name in ("axes", "lane_axes")} | {"seeds": seeds})
    if out and not spec.get("partial"):
        first = np.argwhere(status == NOT_RUN)
        where = zip(places.items(), first[0], strict=True)
        point = ", ".join(f"{name}={values[k]}" for (name, values), k in where)
        raise UserError(f"{spec['id']}: {len(first)} runs of the grid are not measured, the first is {point}")
    return out


def _named(name: str) -> dict[str, str]:
    return {"long_name": name.replace("_", " "), "units": "1"}
