"""Joins what a measure gives for each trace into one table of runs."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import xarray as xr


def stack(measured: Iterable[tuple[xr.Dataset, Mapping[str, Any]]]) -> xr.Dataset:
    """Join measured traces, each with its train spec, along the dim `run` (one run = one lane of a trace).

    Grid axes, lane axes and seed become coordinates of `run`; `step` and `epoch` are over (run, snapshot),
    -1 and NaN where a run has fewer snapshots than another.
    """
    parts = [_runs(ds, spec["axes"]) for ds, spec in measured]
    return xr.concat(
        parts,
        dim="run",
        data_vars="all",
        coords="different",
        compat="equals",
        join="outer",
        combine_attrs="override",
        fill_value={"step": -1},
    ).drop_vars("snapshot", errors="ignore")


def _runs(ds: xr.Dataset, axes: Mapping[str, Any]) -> xr.Dataset:
    """One measured trace, with dim `run` for `lane` and its grid axes as coordinates."""
    ds = ds.drop_vars("lane", errors="ignore").rename_dims(lane="run")
    runs, snapshots = ds.sizes["run"], ds.sizes.get("snapshot", 0)
    ds = ds.assign_coords({name: ("run", np.full(runs, value)) for name, value in axes.items()})
    for name in ("step", "epoch"):
        if name in ds.coords:
            values, attrs = ds[name].values, ds[name].attrs
            ds = ds.assign_coords({name: (("run", "snapshot"), np.tile(values, (runs, 1)), attrs)})
    return ds.assign_coords(snapshot=np.arange(snapshots)) if snapshots else ds
