"""Named arrays with their dims, as a NetCDF file holds them: what a training job reads and writes.

A dataset without importing xarray, which takes longer than many training jobs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    import xarray as xr


class Variable(NamedTuple):
    """Values over `dims`, with attributes such as long_name and units."""

    dims: tuple[str, ...]
    values: np.ndarray
    attrs: Mapping[str, Any]


@dataclass(frozen=True)
class Arrays:
    """Variables by name; those in `coords` are coordinates."""

    variables: Mapping[str, Variable]
    coords: frozenset[str] = frozenset()
    attrs: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, ds: xr.Dataset) -> Arrays:
        """The variables of an xarray.Dataset, in its order."""
        found = {str(name): Variable(one.dims, one.values, one.attrs) for name, one in ds.variables.items()}
        return cls(found, frozenset(map(str, ds.coords)), ds.attrs)

    def to_xarray(self) -> xr.Dataset:
        """The same as an xarray.Dataset."""
        import xarray as xr

        parts = {name: (one.dims, one.values, dict(one.attrs)) for name, one in self.variables.items()}
        coords = {name: parts.pop(name) for name in self.variables if name in self.coords}
        return xr.Dataset(parts, coords, dict(self.attrs))
