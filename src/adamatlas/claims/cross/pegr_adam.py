"""tang2025's large batches under PEGR and FGR: do they rescue Adam and AdamW, what do they do to GD?"""

from __future__ import annotations

import numpy as np
import xarray as xr

from adamatlas.claims.rules import Claim, above, below, claim, mean
from adamatlas.readings import names
from adamatlas.readings.cross import batch_sizes, over_lambda, switch_offs
from adamatlas.readings.meng2023 import FGR, PEGR
from adamatlas.selection import at_end

REQUIRES = ("batch_size", "optimizer", "reg_lambda", "reg_off_epoch", "regularizer", "seed", "snapshot")
QUANTITIES = ("test_error", "train_loss")
OPTIMIZERS = ("adam", "adamw", "gd")
RESCUED = 0.01
TRAINED = 0.1


def judge(cube: xr.Dataset) -> list[Claim]:
    """Adam and AdamW at both batch sizes: failing without, rescued by each regularizer, on and off; GD."""
    size = max(batch_sizes(cube))
    out = []
    for name in OPTIMIZERS:
        for batch in batch_sizes(cube, name):
            out += _optimizer(cube, name, batch, "full batch" if batch == size else f"B={batch}")
    return out


def _optimizer(cube: xr.Dataset, name: str, batch: int, where: str) -> list[Claim]:
    who, tag = (
        f"{names.in_full(name)} ({where})",
        f"{name}_{'full' if where == 'full batch' else f'b{batch}'}",
    )
    found = [_alone(cube, name, batch, who, tag)]
    for kind in (PEGR, FGR):
        offs = switch_offs(cube, name, batch, kind)
        for off in dict.fromkeys([*offs[-1:], *offs[:1]]):
            error, loss = (
                at_end(over_lambda(cube, name, batch, kind, off), quantity)
                for quantity in ("test_error", "train_loss")
            )
            when = "is off for the last two thirds of the run" if off < offs[-1] else "stays on"
            subject = f"{who} with {names.name(kind)} that {when}"
            fgr, ending = "_fgr" if kind == FGR else "", "off" if off < offs[-1] else "on"
            found += _rescue(cube, f"{tag}{fgr}_{ending}", subject, error, loss)
    return found


def _alone(cube: xr.Dataset, name: str, batch: int, who: str, tag: str) -> Claim:
    offs = switch_offs(cube, name, batch, "none")
    alone = np.full(1, np.nan)
    if offs:
        alone = at_end(over_lambda(cube, name, batch, "none", offs[-1]), "test_error").values
    fails = name != "gd"
    return claim(
        cube,
        f"{tag}_alone",
        source="exploratory",
        statement=f"{who} without regularizer {'generalizes worse than chance' if fails else 'generalizes'} "
        "on tang2025's data",
        quantity="test_error at the end, lambda = 0",
        estimate=mean(alone),
        rule=above(0.5) if fails else below(RESCUED),
    )


def _rescue(
    cube: xr.Dataset, name: str, subject: str, error: xr.DataArray, loss: xr.DataArray
) -> list[Claim]:
    """Errors and losses at the end are over (reg_lambda, seed)."""
    best = _best(error)
    at_best = [
        np.full(1, np.nan) if best is None else one.isel(reg_lambda=best).values for one in (error, loss)
    ]
    end = "at the lambda of the sweep with the lowest mean test error"
    return [
        claim(
            cube,
            name,
            source="exploratory",
            statement=f"{subject}: the test error is below {RESCUED:g} at the best lambda",
            quantity=f"test_error at the end, {end}",
            estimate=mean(at_best[0]),
            rule=below(RESCUED),
            note=_by_lambda(error),
        ),
        claim(
            cube,
            f"{name}_fits",
            source="exploratory",
            statement=f"{subject}: the training loss is below {TRAINED:g} at the best lambda",
            quantity=f"train_loss at the end, {end}",
            estimate=mean(at_best[1]),
            rule=below(TRAINED),
            note=_by_lambda(loss),
        ),
    ]


def _best(error: xr.DataArray) -> int | None:
    """The place of the lambda with the lowest mean among those at which no run diverged."""
    known = np.isfinite(error.values).all(axis=1) & (error.sizes["seed"] > 0)
    if not known.any():
        return None
    return int(np.where(known, np.where(known[:, None], error.values, 1.0).mean(axis=1), np.inf).argmin())


def _by_lambda(values: xr.DataArray) -> str:
    parts = []
    for strength, row in zip(values["reg_lambda"].values, values.values, strict=True):
        known = row[np.isfinite(row)]
        lost = f" ({row.size - known.size} diverged)" if known.size < row.size else ""
        parts.append(f"{strength:g}: {known.mean():.3g}{lost}" if known.size else f"{strength:g}: none{lost}")
    name = {"test_error": "Test error", "train_loss": "Training loss"}[values.name]
    return f"{name} by lambda (means) {', '.join(parts)}."
