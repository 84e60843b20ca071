"""The values of an axis at which a study has runs."""

import numpy as np
import xarray as xr


def places(part: xr.Dataset, dim: str) -> np.ndarray:
    """The places of an axis at which some run exists."""
    ran = part["status"] > 0
    return np.flatnonzero(ran.any([other for other in ran.dims if other != dim]))


def values(part: xr.Dataset, dim: str, optimizer: str | None = None) -> np.ndarray:
    """The values of an axis at which some run exists, of one optimizer or of all."""
    if optimizer is not None:
        part = part.isel(optimizer=np.flatnonzero(part["optimizer"].values == optimizer))
    return part[dim].values[places(part, dim)]
