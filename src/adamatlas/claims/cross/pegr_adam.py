"""tang2025's large batches under PEGR and FGR: do they rescue Adam and AdamW, what do they do to GD?"""

import math
from functools import partial

import numpy as np
import xarray as xr

from adamatlas.claims.cross.cells import known, side_by_side
from adamatlas.claims.estimates import every, mean
from adamatlas.claims.rules import Claim, above, below, claim
from adamatlas.claims.words import span
from adamatlas.readings import names
from adamatlas.readings.cross import batch_name, batch_sizes, over_lambda, switch_offs
from adamatlas.readings.meng2023 import FGR, PEGR
from adamatlas.selection import at_end

REQUIRES = ("batch_size", "optimizer", "reg_lambda", "reg_off_epoch", "regularizer", "seed", "snapshot")
QUANTITIES = ("test_error", "train_loss")
RESCUED = 0.1
UNTRAINED = 0.99 * math.log(2)
TRAINED = 0.1
STRONG = 10.0
CHOSEN = "at the lambda with the lowest mean test error of the other seeds"

Cell = tuple[str, int]
"""An optimizer and a batch size."""


def judge(cube: xr.Dataset) -> list[Claim]:
    """Adam and AdamW without a regularizer and with each, on and off early; gradient descent with each."""
    cells = [(name, size) for name in ("adam", "adamw") for size in batch_sizes(cube, name)]
    alone = {cell: _alone(cube, cell) for cell in cells if switch_offs(cube, *cell, "none")}
    judged = partial(claim, cube, kind="extension", source="ours: meng2023's regularizers, tang2025's data")
    untrained = _at_best(cube, alone, PEGR, "train_loss")
    loss, errors = _gradient_descent(cube)
    return [
        judged(
            "alone",
            statement="Without a regularizer Adam and AdamW generalize worse than chance, at each batch size",
            quantity="share of seeds with test_error > 1/2 at the end",
            estimate=every(side_by_side(known(error > 0.5, error) for error in alone.values())),
            rule=above(0.5),
            note=_by_cell(cube, alone),
        ),
        *(
            judged(
                f"{tag}_{'off' if early else 'on'}",
                statement=f"{names.name(kind)}{when} rescues Adam and AdamW: it takes away nine tenths of "
                "their test error, at each batch size",
                quantity=f"test_error at the end, {CHOSEN}, over that without a regularizer, largest over "
                "optimizer and batch size",
                estimate=mean(side_by_side(error[cell] / alone[cell] for cell in error).max(axis=1)),
                rule=below(RESCUED),
                note=_by_cell(cube, error),
            )
            for tag, kind, early, when in (
                ("pegr", PEGR, False, ""),
                ("fgr", FGR, False, ""),
                ("pegr", PEGR, True, " in the first third of the run alone"),
            )
            for error in [_at_best(cube, alone, kind, "test_error", early)]
        ),
        judged(
            "pegr_unfit",
            statement="PEGR that does so keeps Adam and AdamW from fitting: the training loss stays at log 2",
            quantity=f"train_loss at the end, {CHOSEN}, smallest over optimizer and batch size",
            estimate=mean(side_by_side(untrained.values()).min(axis=1)),
            rule=above(UNTRAINED),
            note=_by_cell(cube, untrained),
        ),
        judged(
            "gd_unfit",
            statement=f"PEGR and FGR keep gradient descent from fitting, at each lambda from {STRONG:g} on",
            quantity=f"share of seeds with train_loss > {TRAINED:g} at the end",
            estimate=every(side_by_side(known(ends > TRAINED, ends) for ends in loss)),
            rule=above(0.5),
            note=f"Test error without a regularizer: {span(errors)}.",
        ),
    ]


def best_for_others(error: np.ndarray) -> np.ndarray:
    """For each seed the row of errors (reg_lambda, seed) with the lowest mean over the other seeds (seed,).

    A row in which one of those diverged is no choice; -1 where there is none.
    """
    best = np.full(error.shape[1], -1)
    for seed in range(error.shape[1]):
        others = np.delete(error, seed, axis=1)
        rows = np.flatnonzero(np.isfinite(others).all(axis=1) & (others.shape[1] > 0))
        if rows.size:
            best[seed] = rows[others[rows].mean(axis=1).argmin()]
    return best


def _alone(cube: xr.Dataset, cell: Cell) -> xr.DataArray:
    """The test error (seed,) without a regularizer."""
    off = switch_offs(cube, *cell, "none")[-1]
    return at_end(over_lambda(cube, *cell, "none", off), "test_error").isel(reg_lambda=0)


def _at_best(
    cube: xr.Dataset, cells: dict[Cell, xr.DataArray], kind: str, quantity: str, early: bool = False
) -> dict[Cell, xr.DataArray]:
    """A quantity at the end (seed,) in each cell; each seed's at the lambda that is best for the others."""
    found = {}
    for cell in cells:
        offs = switch_offs(cube, *cell, kind)
        if len(offs) > early:
            part = over_lambda(cube, *cell, kind, offs[0 if early else -1])
            best = xr.DataArray(best_for_others(at_end(part, "test_error").values), dims="seed")
            ends = at_end(part, quantity)
            found[cell] = ends.isel(reg_lambda=best.clip(min=0)).where(best >= 0)
    return found


def _gradient_descent(cube: xr.Dataset) -> tuple[list[xr.DataArray], np.ndarray]:
    """Training losses (reg_lambda, seed) with each strong regularizer, and test errors without."""
    cells = [("gd", size) for size in batch_sizes(cube, "gd")]
    losses = [
        at_end(over_lambda(cube, *cell, kind, offs[-1]), "train_loss").sel(reg_lambda=slice(STRONG, None))
        for cell in cells
        for kind in (PEGR, FGR)
        if (offs := switch_offs(cube, *cell, kind))
    ]
    return losses, side_by_side(_alone(cube, cell) for cell in cells if switch_offs(cube, *cell, "none"))


def _by_cell(cube: xr.Dataset, found: dict[Cell, xr.DataArray]) -> str:
    return "; ".join(
        f"{names.name(name)}, {batch_name(cube, size)}: mean {values.mean():.3g}, {span(values.values)}"
        for (name, size), values in found.items()
        if values.notnull().any()
    )
