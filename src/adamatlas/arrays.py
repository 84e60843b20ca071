"""Named arrays with their dims, as a NetCDF file holds them: what a training job reads and writes.

They are what an xarray.Dataset is without its imports, which take longer than many a training job.
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
        """Those of an xarray.Dataset, in its order."""
        variables = {
            str(name): Variable(tuple(map(str, one.dims)), one.values, one.attrs)
            for name, one in ds.variables.items()
        }
        return cls(variables, frozenset(map(str, ds.coords)), ds.attrs)

    def to_xarray(self) -> xr.Dataset:
        """The same as an xarray.Dataset."""
        import xarray as xr

        parts = {name: (one.dims, one.values, dict(one.attrs)) for name, one in self.variables.items()}
        return xr.Dataset(
            {name: part for name, part in parts.items() if name not in self.coords},
            coords={name: part for name, part in parts.items() if name in self.coords},
            attrs=dict(self.attrs),
        )
