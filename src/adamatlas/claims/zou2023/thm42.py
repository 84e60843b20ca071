"""Theorem 4.2: a convex problem has one regularized solution; without decay it has none."""

from functools import partial

import numpy as np
import xarray as xr

from adamatlas.claims.estimates import every, mean
from adamatlas.claims.rules import Claim, above, below, claim
from adamatlas.claims.words import span, summaries
from adamatlas.readings import names
from adamatlas.readings.zou2023 import between, between_directions
from adamatlas.selection import at_end, constant, runs
from adamatlas.theory.conditions import convex

REQUIRES = ("lr", "optimizer", "seed", "weight_decay")
QUANTITIES = ("distance", "solution", "solution_norm", "test_error", "train_error")
OPTIMIZERS = ("adam", "gd")
NEAR = 0.05
SAME = 0.01


def judge(cube: xr.Dataset) -> list[Claim]:
    """With decay: distances to the exact solution, and errors; without it: how far the two end apart."""
    free, decayed = (cube.isel(weight_decay=mask) for mask in _without_and_with(cube))
    at = {key: constant(cube, key, own) for key, own in (("d", 1000), ("n_train", 200))}
    decays = decayed["weight_decay"].values
    conditions = convex(at | {"weight_decay": float(decays.min(initial=np.inf))})
    judged = partial(
        claim, cube, kind="theory", source="Theorems 4.2 and B.1", conditions=conditions, rule=below(NEAR)
    )
    return [
        *(
            judged(
                f"{name}_distance",
                statement=f"{names.in_full(name)} converges to the one solution, at each learning rate and "
                "decay",
                quantity="norm(w - w*) / norm(w*) at the end, largest over learning rate and weight decay",
                estimate=mean(_largest(_end(decayed, "distance", name))),
                note=_by_decay(_end(decayed, "distance", name)),
            )
            for name in OPTIMIZERS
        ),
        judged(
            "distance",
            statement="Adam and gradient descent end at the same solution",
            quantity="norm(w_adam - w_gd) / norm(w*), largest over learning rates and weight decay",
            estimate=mean(_largest(between(decayed))),
        ),
        judged(
            "test",
            statement="Adam and gradient descent have the same test error",
            quantity="abs(difference of the test errors), largest over learning rates and weight decay",
            estimate=mean(_largest(_difference(decayed))),
            rule=below(SAME),
            note=_test_errors(decayed),
        ),
        judged(
            "train",
            statement="Both reach training error 0",
            quantity="train_error, largest over optimizer, learning rate and weight decay",
            estimate=mean(_largest(_of_both(decayed, "train_error"))),
            rule=below(SAME),
        ),
        judged(
            "control",
            kind="extension",
            conditions=(),
            source="the control to Theorem 4.2",
            statement="Without weight decay Adam and gradient descent end in different directions, at each "
            "pair of learning rates",
            quantity=f"share of seeds with norm(w_adam / norm(w_adam) - w_gd / norm(w_gd)) > {NEAR:g}",
            estimate=every(_far(between_directions(free))),
            rule=above(0.5),
            note=f"Distances {span(between_directions(free).values)}. {_test_errors(free)}",
        ),
    ]


def _without_and_with(cube: xr.Dataset) -> tuple[np.ndarray, np.ndarray]:
    decay = cube["weight_decay"].values
    return decay == 0, decay > 0


def _end(cube: xr.Dataset, quantity: str, optimizer: str) -> xr.DataArray:
    """A quantity at the end of an optimizer's runs (lr, weight_decay, seed)."""
    return at_end(runs(cube, "lr", "weight_decay", optimizer=optimizer), quantity)


def _largest(found: xr.DataArray) -> np.ndarray:
    """Over everything but the seed; NaN where the grid is empty."""
    if not found.size:
        return np.full(1, np.nan)
    return found.max([dim for dim in found.dims if dim != "seed"]).values


def _of_both(cube: xr.Dataset, quantity: str) -> xr.DataArray:
    """A quantity at the end over (optimizer, lr, weight_decay, seed), of the seeds that both have."""
    ends = [_end(cube, quantity, name) for name in OPTIMIZERS]
    return xr.concat(ends, "optimizer", join="inner", coords="different", compat="equals")


def _difference(cube: xr.Dataset) -> xr.DataArray:
    """|test error of Adam - of gradient descent| over (lr_adam, lr_gd, weight_decay, seed)."""
    adam, gd = (_end(cube, "test_error", name).rename(lr=f"lr_{name}") for name in OPTIMIZERS)
    return np.abs(adam - gd)


def _far(distance: xr.DataArray) -> np.ndarray:
    """Whether a distance is above NEAR, over (seed, cell)."""
    found = (distance > NEAR).where(distance.notnull()).transpose("seed", ...).values
    return found.reshape(len(found), int(np.prod(found.shape[1:])))


def _by_decay(found: xr.DataArray) -> str:
    by_decay = summaries(found["weight_decay"].values, found.values.swapaxes(0, 1), ".2g", "nan", np.max)
    return f"Largest at weight decay {by_decay}." if by_decay else ""


def _test_errors(cube: xr.Dataset) -> str:
    return "Test errors: " + ", ".join(
        f"{names.name(name)} {span(_end(cube, 'test_error', name).values, '.4f', 'unknown')}"
        for name in OPTIMIZERS
    )
