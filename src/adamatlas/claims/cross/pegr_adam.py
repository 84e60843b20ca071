"""tang2025's large batches under PEGR and FGR: do they rescue Adam and AdamW, what do they do to GD?"""

import numpy as np
import xarray as xr

from adamatlas.claims.rules import Claim, above, below, claim, mean
from adamatlas.readings import names
from adamatlas.readings.cross import batch_name, batch_sizes, batch_tag, over_lambda, switch_offs
from adamatlas.readings.meng2023 import FGR, PEGR
from adamatlas.selection import at_end

REQUIRES = ("batch_size", "optimizer", "reg_lambda", "reg_off_epoch", "regularizer", "seed", "snapshot")
QUANTITIES = ("test_error", "train_loss")
OPTIMIZERS = ("adam", "adamw", "gd")
RESCUED = 0.01
TRAINED = 0.1


def judge(cube: xr.Dataset) -> list[Claim]:
    """Each optimizer at each batch size: without a regularizer, and with PEGR and FGR, on and off early."""
    found = []
    for name in OPTIMIZERS:
        for size in batch_sizes(cube, name):
            who = f"{names.in_full(name)} ({batch_name(cube, size)})"
            tag = f"{name}_{batch_tag(cube, size)}"
            found.append(_alone(cube, name, size, who, tag))
            for kind in (PEGR, FGR):
                offs = switch_offs(cube, name, size, kind)
                for off in dict.fromkeys([*offs[-1:], *offs[:1]]):
                    when = "is off for the last two thirds of the run" if off < offs[-1] else "stays on"
                    fgr, ending = "_fgr" if kind == FGR else "", "off" if off < offs[-1] else "on"
                    runs = over_lambda(cube, name, size, kind, off)
                    subject = f"{who} with {names.name(kind)} that {when}"
                    found += _rescue(cube, f"{tag}{fgr}_{ending}", subject, runs)
    return found


def _alone(cube: xr.Dataset, name: str, size: int, who: str, tag: str) -> Claim:
    offs = switch_offs(cube, name, size, "none")
    alone = at_end(over_lambda(cube, name, size, "none", offs[-1]), "test_error").values if offs else np.nan
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


def _rescue(cube: xr.Dataset, name: str, subject: str, runs: xr.Dataset) -> list[Claim]:
    """Test error and training loss at the lambda with the lowest mean test error."""
    best = _best(at_end(runs, "test_error").values)
    return [
        claim(
            cube,
            f"{name}{suffix}",
            source="exploratory",
            statement=f"{subject}: the {what} is below {bound:g} at the best lambda",
            quantity=f"{quantity} at the end, at the lambda of the sweep with the lowest mean test error",
            estimate=mean(at_end(runs, quantity).values[best]),
            rule=below(bound),
            note=f"{what.capitalize()} by lambda (means) {_by_lambda(at_end(runs, quantity))}.",
        )
        for suffix, quantity, what, bound in (
            ("", "test_error", "test error", RESCUED),
            ("_fits", "train_loss", "training loss", TRAINED),
        )
    ]


def _best(error: np.ndarray) -> list[int]:
    """The row of errors (reg_lambda, seed) with the lowest mean where no run diverged; empty if none."""
    known = np.isfinite(error).all(axis=1) & (error.shape[1] > 0)
    return [int(np.where(known, error.mean(axis=1), np.inf).argmin())] if known.any() else []


def _by_lambda(values: xr.DataArray) -> str:
    parts = []
    for strength, row in zip(values["reg_lambda"].values, values.values, strict=True):
        known = row[np.isfinite(row)]
        lost = f" ({row.size - known.size} diverged)" if known.size < row.size else ""
        parts.append(f"{strength:g}: {known.mean():.3g}{lost}" if known.size else f"{strength:g}: none{lost}")
    return ", ".join(parts)
