"""What several cells of a grid say about the same seeds."""

from collections.abc import Iterable

import numpy as np
import xarray as xr


def side_by_side(columns: Iterable[xr.DataArray]) -> np.ndarray:
    """Arrays (seed,) or (cell, seed) as one (seed, cell); NaN where a cell lacks a seed."""
    rows = [
        row.reset_coords(drop=True)
        for column in columns
        for row in (column.transpose(..., "seed") if column.ndim > 1 else [column])
    ]
    if not rows:
        return np.full((1, 1), np.nan)
    return xr.concat(rows, "cell", join="outer").transpose("seed", "cell").values


def known(holds: xr.DataArray, values: xr.DataArray) -> xr.DataArray:
    """Whether something holds; NaN where the values that it is about are not known."""
    return holds.where(values.notnull())
