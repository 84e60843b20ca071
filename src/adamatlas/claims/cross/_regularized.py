"""The runs of `cross.pegr_adam`: which there are, and their ends over lambda."""

from __future__ import annotations

import numpy as np
import xarray as xr

from adamatlas.selection import at_end, pick

NAMES = {"adam": "Adam", "adamw": "AdamW", "gd": "Gradient descent"}
KINDS = {"per_example_gradient": "PEGR", "full_gradient": "FGR"}


def largest(cube: xr.Dataset) -> int:
    """The full batch."""
    return int(np.max(cube["batch_size"].values))


def sizes(cube: xr.Dataset, optimizer: str) -> list[int]:
    """The batch sizes that an optimizer ran at."""
    if optimizer not in cube["optimizer"].values:
        return []
    ran = (cube["status"].sel(optimizer=optimizer) > 0).any(
        [dim for dim in cube["status"].dims if dim not in ("optimizer", "batch_size")]
    )
    return [int(size) for size in np.atleast_1d(cube["batch_size"].values)[np.atleast_1d(ran.values)]]


def part(cube: xr.Dataset, optimizer: str, batch: int, kind: str, early: bool) -> xr.Dataset:
    """The runs of one optimizer whose regularizer is off early, or just before the end, over its lambdas."""
    found, epochs = _offs(cube, optimizer, batch, kind)
    found = pick(found, reg_off_epoch=epochs.min() if early else epochs.max())
    found = found if "reg_lambda" in found.dims else found.expand_dims("reg_lambda")
    return found.isel(reg_lambda=np.flatnonzero(_ran(found, "reg_lambda")))


def kinds(cube: xr.Dataset, optimizer: str, batch: int) -> list[str]:
    """The regularizers that an optimizer ran with."""
    return [kind for kind in KINDS if has(cube, optimizer, batch, kind)]


def has(cube: xr.Dataset, optimizer: str, batch: int, kind: str) -> bool:
    """Whether an optimizer ran with a regularizer, or with `none`."""
    return _offs(cube, optimizer, batch, kind)[1].size > 0


def has_early(cube: xr.Dataset, optimizer: str, batch: int, kind: str) -> bool:
    """Whether the regularizer was also switched off early."""
    return _offs(cube, optimizer, batch, kind)[1].size > 1


def _offs(cube: xr.Dataset, optimizer: str, batch: int, kind: str) -> tuple[xr.Dataset, np.ndarray]:
    """The runs of one optimizer, and the epochs from which the regularizer is off."""
    found = pick(cube, optimizer=optimizer, batch_size=batch, regularizer=kind)
    found = found if "reg_off_epoch" in found.dims else found.expand_dims("reg_off_epoch")
    return found, found["reg_off_epoch"].values[_ran(found, "reg_off_epoch")]


def _ran(cube: xr.Dataset, name: str) -> np.ndarray:
    """At which places of a dim there is a run."""
    return (cube["status"] > 0).any([dim for dim in cube["status"].dims if dim != name]).values


def swept(cube: xr.Dataset, name: str, optimizer: str, batch: int, kind: str, early: bool) -> xr.DataArray:
    """A quantity at the end over (reg_lambda, seed), regularizer off early or just before the end."""
    return at_end(part(cube, optimizer, batch, kind, early), name).transpose("reg_lambda", "seed")


def from_none(
    cube: xr.Dataset, name: str, optimizer: str, batch: int, kind: str, early: bool
) -> xr.DataArray:
    """As `swept`, but from lambda = 0 on, the runs without regularizer; NaN for seeds that only they have."""
    found = swept(cube, name, optimizer, batch, kind, early)
    if not has(cube, optimizer, batch, "none"):
        return found
    alone = swept(cube, name, optimizer, batch, "none", early=False)
    return xr.concat([alone, found], "reg_lambda", join="outer", coords="minimal", compat="override")
