"""The arrays of the quantities that a measure declares, and the dataset made of them."""

import sys
from collections.abc import Mapping

import numpy as np
import xarray as xr

from adamatlas.declarations import Measure, declared
from adamatlas.errors import UserError
from adamatlas.store import read_spec

STATUS = {"status": "how the run ended", "diverged_step": "step of the divergence"}


def empty(module: str, trace: xr.Dataset, **sizes: int) -> dict[str, np.ndarray]:
    """NaN in the shape (lane, *dims) for each quantity that `module` declares.

    module: the measure's `__name__`; sizes: of dims whose coordinate it leaves open, `parameter=2000`.
    """
    measure = _declaration(module)
    sizes = _sizes(measure, trace) | sizes
    return {
        name: np.full([sizes[dim] for dim in ("lane", *quantity.dims)], np.nan)
        for name, quantity in measure.delivers(read_spec(trace)["problem"]).items()
    }


def dataset(module: str, trace: xr.Dataset, values: Mapping[str, np.ndarray]) -> xr.Dataset:
    """The quantities of a measure, each (lane, *dims), with names and units, on the coordinates of `trace`.

    Raises UserError unless `values` are what `module` declares for the trace's problem.
    """
    measure, problem = _declaration(module), read_spec(trace)["problem"]
    quantities = measure.delivers(problem)
    if absent := sorted(quantities.keys() - values.keys()):
        raise UserError(f"measure {measure.name} declares {', '.join(absent)} and does not deliver it")
    if foreign := sorted(values.keys() - quantities.keys()):
        raise UserError(
            f"measure {measure.name} delivers {', '.join(foreign)}, which QUANTITIES does not declare for "
            f"{problem}"
        )
    sizes = _sizes(measure, trace)
    variables = {}
    for name, quantity in quantities.items():
        dims, shape = ("lane", *quantity.dims), values[name].shape
        if len(shape) != len(dims) or any(
            sizes.setdefault(dim, size) != size for dim, size in zip(dims, shape, strict=True)
        ):
            wanted = ", ".join(f"{dim} {sizes.get(dim, 'any')}" for dim in dims)
            raise UserError(f"measure {measure.name} declares {name} over ({wanted}), its shape is {shape}")
        variables[name] = (dims, values[name], {"long_name": quantity.long_name, "units": quantity.units})
    for name, long_name in STATUS.items():
        variables[name] = (trace[name].dims, trace[name].values, {"long_name": long_name, "units": "1"})
    coords, used = dict(trace.coords), {dim for dims, *_ in variables.values() for dim in dims}
    for dim, (places, long_name) in measure.coordinates.items():
        if dim in used:
            values_of_dim = np.arange(sizes[dim]) if places is None else np.array(places)
            coords[dim] = (dim, values_of_dim, {"long_name": long_name, "units": "1"})
    return xr.Dataset(variables, coords=coords)


def _declaration(module: str) -> Measure:
    source = sys.modules[module]
    return declared(module.rpartition(".")[2], lambda literal: getattr(source, literal, None))


def _sizes(measure: Measure, trace: xr.Dataset) -> dict[str, int]:
    """The sizes that are known before anything is measured."""
    own = {dim: len(places) for dim, (places, _) in measure.coordinates.items() if places is not None}
    return {"lane": trace.sizes["lane"], "snapshot": trace.sizes.get("snapshot", 0), **own}
