"""Theorem 4.2: a convex problem has one regularized solution."""

from __future__ import annotations

import numpy as np
import xarray as xr

from adamatlas.claims.rules import Claim, below, claim, mean
from adamatlas.claims.words import span
from adamatlas.readings import names
from adamatlas.readings.zou2023 import between
from adamatlas.selection import at_end, runs

REQUIRES = ("lr", "optimizer", "seed", "weight_decay")
QUANTITIES = ("distance", "solution", "solution_norm", "test_error", "train_error")
OPTIMIZERS = ("adam", "gd")
NEAR = 0.05


def judge(cube: xr.Dataset) -> list[Claim]:
    """Each optimizer's distance to the exact solution, the distance between them, and the errors."""
    return [_distance(cube, name) for name in OPTIMIZERS] + [_between(cube), _test(cube), _train(cube)]


def _worst(found: xr.DataArray) -> np.ndarray:
    """The largest over everything but the seed."""
    return found.max([dim for dim in found.dims if dim != "seed"]).values


def _distance(cube: xr.Dataset, name: str) -> Claim:
    found = _end(cube, "distance", name)
    return claim(
        cube,
        f"{name}_distance",
        source="Theorem 4.2",
        statement=f"{names.in_full(name)} converges to the unique solution of regularized logistic "
        "regression, at every learning rate and weight decay of the grid",
        quantity="norm(w - w*) / norm(w*) at the end, largest over lr and weight decay",
        estimate=mean(_worst(found)),
        rule=below(NEAR),
        note=_where(found),
    )


def _between(cube: xr.Dataset) -> Claim:
    return claim(
        cube,
        "distance",
        source="Theorem 4.2",
        statement="Adam and gradient descent end at the same solution",
        quantity="norm(w_adam - w_gd) / norm(w*), largest over lr of both and weight decay",
        estimate=mean(_worst(between(cube))),
        rule=below(NEAR),
    )


def _end(cube: xr.Dataset, quantity: str, optimizer: str) -> xr.DataArray:
    """A quantity at the end of an optimizer's runs (lr, weight_decay, seed)."""
    return at_end(runs(cube, "lr", "weight_decay", optimizer=optimizer), quantity)


def _test(cube: xr.Dataset) -> Claim:
    adam, gd = (_end(cube, "test_error", name).mean("lr") for name in OPTIMIZERS)
    gap = np.abs(adam - gd)
    return claim(
        cube,
        "test",
        source="Theorem 4.2",
        statement="Adam and gradient descent have the same test error",
        quantity="abs(difference of the test errors), largest over weight decay",
        estimate=mean(gap.max("weight_decay").values),
        rule=below(0.01),
        note=f"Test errors of Adam {span(adam.values, '.4f', 'unknown')}, of gradient descent "
        f"{span(gd.values, '.4f', 'unknown')}.",
    )


def _train(cube: xr.Dataset) -> Claim:
    worst = xr.concat(
        [_end(cube, "train_error", name).drop_vars("lr").max("lr") for name in OPTIMIZERS],
        dim="optimizer",
        join="outer",
    )
    return claim(
        cube,
        "train",
        source="Theorem 4.2",
        statement="Both reach training error 0",
        quantity="train_error, largest over optimizer, lr and weight decay",
        estimate=mean(_worst(worst)),
        rule=below(0.01),
        paper_value=0.0,
    )


def _where(found: xr.DataArray) -> str:
    """The largest distance at each weight decay, in words."""
    if not found.size or found.sizes["weight_decay"] < 2:
        return ""
    worst = found.max([dim for dim in found.dims if dim != "weight_decay"])
    pairs = zip(worst["weight_decay"].values, worst.values, strict=True)
    return "Largest at weight decay " + ", ".join(f"{decay:g}: {value:.2g}" for decay, value in pairs) + "."
