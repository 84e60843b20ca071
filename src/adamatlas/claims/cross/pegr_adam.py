"""tang2025's large batches under PEGR and FGR: do they rescue Adam and AdamW, what do they do to GD?"""

from __future__ import annotations

import numpy as np
import xarray as xr

from adamatlas.claims.rules import Claim, above, below, claim, mean
from adamatlas.selection import at_end, pick

REQUIRES = ("batch_size", "optimizer", "reg_lambda", "reg_off_epoch", "regularizer", "seed", "snapshot")
RESCUED = 0.01
TRAINED = 0.1
NAMES = {"adam": "Adam", "adamw": "AdamW", "gd": "Gradient descent"}
KINDS = {"per_example_gradient": "PEGR", "full_gradient": "FGR"}


def judge(cube: xr.Dataset) -> list[Claim]:
    """Adam and AdamW at both batch sizes: failing without, rescued by each regularizer, on and off; GD."""
    size = largest(cube)
    out = []
    for name in NAMES:
        for batch in sizes(cube, name):
            out += _optimizer(cube, name, batch, "full batch" if batch == size else f"B={batch}")
    return out


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


def _optimizer(cube: xr.Dataset, name: str, batch: int, where: str) -> list[Claim]:
    who, tag = f"{NAMES[name]} ({where})", f"{name}_{'full' if where == 'full batch' else f'b{batch}'}"
    found = [_alone(cube, name, batch, who, tag)]
    for kind in kinds(cube, name, batch):
        for early in (False, True)[: 1 + has_early(cube, name, batch, kind)]:
            found += _rescue(cube, name, batch, kind, early, who, tag)
    return found


def _alone(cube: xr.Dataset, name: str, batch: int, who: str, tag: str) -> Claim:
    ran = has(cube, name, batch, "none")
    alone = swept(cube, "test_error", name, batch, "none", early=False).values if ran else np.full(1, np.nan)
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
    cube: xr.Dataset, name: str, batch: int, kind: str, early: bool, who: str, tag: str
) -> list[Claim]:
    error, loss = (
        swept(cube, quantity, name, batch, kind, early) for quantity in ("test_error", "train_loss")
    )
    best = _best(error)
    at_best = [
        np.full(1, np.nan) if best is None else one.isel(reg_lambda=best).values for one in (error, loss)
    ]
    when = "is off for the last two thirds of the run" if early else "stays on"
    subject = f"{who} with {KINDS[kind]} that {when}"
    tag = f"{tag}{'_fgr' if kind == 'full_gradient' else ''}_{'off' if early else 'on'}"
    end = "at the lambda of the sweep with the lowest mean test error"
    return [
        claim(
            cube,
            tag,
            source="exploratory",
            statement=f"{subject}: the test error is below {RESCUED:g} at the best lambda",
            quantity=f"test_error at the end, {end}",
            estimate=mean(at_best[0]),
            rule=below(RESCUED),
            note=_by_lambda(error),
        ),
        claim(
            cube,
            f"{tag}_fits",
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
