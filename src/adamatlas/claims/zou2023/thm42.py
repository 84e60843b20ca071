"""Theorem 4.2: a convex problem has one regularized solution."""

import numpy as np
import xarray as xr

from adamatlas.claims.rules import Claim, below, claim, mean
from adamatlas.claims.words import span, summaries
from adamatlas.readings import names
from adamatlas.readings.zou2023 import between
from adamatlas.selection import at_end, runs

REQUIRES = ("lr", "optimizer", "seed", "weight_decay")
QUANTITIES = ("distance", "solution", "solution_norm", "test_error", "train_error")
OPTIMIZERS = ("adam", "gd")
SOURCE = "Theorem 4.2"
NEAR = 0.05


def judge(cube: xr.Dataset) -> list[Claim]:
    """Each optimizer's distance to the exact solution, the distance between them, and the errors."""
    both = cube.isel(optimizer=np.isin(cube["optimizer"].values, OPTIMIZERS))
    return [
        *(_distance(cube, name) for name in OPTIMIZERS),
        claim(
            cube,
            "distance",
            source=SOURCE,
            statement="Adam and gradient descent end at the same solution",
            quantity="norm(w_adam - w_gd) / norm(w*), largest over lr of both and weight decay",
            estimate=mean(_worst(between(cube))),
            rule=below(NEAR),
        ),
        _test(cube),
        claim(
            cube,
            "train",
            source=SOURCE,
            statement="Both reach training error 0",
            quantity="train_error, largest over optimizer, lr and weight decay",
            estimate=mean(_worst(at_end(both, "train_error"))),
            rule=below(0.01),
            paper_value=0.0,
        ),
    ]


def _distance(cube: xr.Dataset, name: str) -> Claim:
    found = _end(cube, "distance", name)
    by_decay = summaries(found["weight_decay"].values, found.values.swapaxes(0, 1), ".2g", "nan", np.max)
    return claim(
        cube,
        f"{name}_distance",
        source=SOURCE,
        statement=f"{names.in_full(name)} converges to the unique solution of regularized logistic "
        "regression, at every learning rate and weight decay of the grid",
        quantity="norm(w - w*) / norm(w*) at the end, largest over lr and weight decay",
        estimate=mean(_worst(found)),
        rule=below(NEAR),
        note=f"Largest at weight decay {by_decay}." if found.size and found.sizes["weight_decay"] > 1 else "",
    )


def _test(cube: xr.Dataset) -> Claim:
    adam, gd = (_end(cube, "test_error", name).mean("lr") for name in OPTIMIZERS)
    return claim(
        cube,
        "test",
        source=SOURCE,
        statement="Adam and gradient descent have the same test error",
        quantity="abs(difference of the test errors), largest over weight decay",
        estimate=mean(np.abs(adam - gd).max("weight_decay")),
        rule=below(0.01),
        note=f"Test errors of Adam {span(adam.values, '.4f', 'unknown')}, of gradient descent "
        f"{span(gd.values, '.4f', 'unknown')}.",
    )


def _end(cube: xr.Dataset, quantity: str, optimizer: str) -> xr.DataArray:
    """A quantity at the end of an optimizer's runs (lr, weight_decay, seed)."""
    return at_end(runs(cube, "lr", "weight_decay", optimizer=optimizer), quantity)


def _worst(found: xr.DataArray) -> xr.DataArray:
    """The largest over everything but the seed."""
    return found.max([dim for dim in found.dims if dim != "seed"])
