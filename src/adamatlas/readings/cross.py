"""The runs of the studies across papers: ends over AdamE's exponent, and over the regularizers' lambda."""

import xarray as xr

from adamatlas.readings import axes
from adamatlas.selection import at_end, runs


def batch_sizes(cube: xr.Dataset, optimizer: str | None = None) -> list[int]:
    """The batch sizes of the study, ascending; those that an optimizer ran at."""
    return axes.values(cube, "batch_size", optimizer).tolist()


def batch_name(cube: xr.Dataset, size: int) -> str:
    """What claims and legends call a batch size; the largest one is the full batch."""
    return "full batch" if size == max(batch_sizes(cube)) else f"B={size}"


def over_exponent(cube: xr.Dataset, quantity: str, size: int) -> xr.DataArray:
    """A quantity at the end (v_exponent, seed) over the exponents that ran at one batch size."""
    part = runs(cube, "v_exponent", batch_size=size)
    return at_end(part.isel(v_exponent=axes.places(part, "v_exponent")), quantity)


def switch_offs(cube: xr.Dataset, optimizer: str, batch: int, kind: str) -> list[int]:
    """The epochs, ascending, from which a regularizer of an optimizer's runs is off; `none` has them, too."""
    part = runs(cube, "reg_off_epoch", "reg_lambda", optimizer=optimizer, batch_size=batch, regularizer=kind)
    return axes.values(part, "reg_off_epoch").tolist()


def over_lambda(cube: xr.Dataset, optimizer: str, batch: int, kind: str, off: int) -> xr.Dataset:
    """The runs of one optimizer whose regularizer is off from one epoch on, over the lambdas that ran."""
    point = {"optimizer": optimizer, "batch_size": batch, "regularizer": kind, "reg_off_epoch": off}
    part = runs(cube, "reg_lambda", **point)
    return part.isel(reg_lambda=axes.places(part, "reg_lambda"))


def ends_over_lambda(
    cube: xr.Dataset, quantity: str, optimizer: str, batch: int, kind: str, off: int
) -> xr.DataArray:
    """A quantity at the end over (reg_lambda, seed), with the runs without regularizer as lambda = 0.

    NaN for seeds that only those have.
    """
    found = at_end(over_lambda(cube, optimizer, batch, kind, off), quantity)
    alone = switch_offs(cube, optimizer, batch, "none")
    if not alone:
        return found
    start = at_end(over_lambda(cube, optimizer, batch, "none", alone[-1]), quantity)
    return xr.concat([start, found], "reg_lambda", join="outer", coords="minimal", compat="override")
