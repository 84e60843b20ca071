"""Theorem 4.2: a convex problem has one regularized solution."""

from __future__ import annotations

import numpy as np
import xarray as xr

from adamatlas.claims.rules import Claim, below, claim, mean
from adamatlas.selection import along, at_end, pick

REQUIRES = ("lr", "optimizer", "seed", "weight_decay")
QUANTITIES = ("distance", "train_error", "test_error", "solution_norm", "solution")
NEAR = 0.05
NAMES = {"adam": "Adam", "gd": "Gradient descent"}


def judge(cube: xr.Dataset) -> list[Claim]:
    """Each optimizer's distance to the exact solution, the distance between them, and the errors."""
    return [_distance(cube, name) for name in NAMES] + [_between(cube), _test(cube), _train(cube)]


def between(cube: xr.Dataset) -> xr.DataArray:
    """|w_adam - w_gd| / |w*| over (weight_decay, seed): the largest over both optimizers' learning rates."""
    adam, gd = (
        along(pick(cube, optimizer=name)["solution"], "lr").rename(lr=f"lr_{name}") for name in ("adam", "gd")
    )
    norm = cube["solution_norm"].max(
        [d for d in cube["solution_norm"].dims if d not in ("weight_decay", "seed")]
    )
    gap = np.sqrt(((adam - gd) ** 2).sum("parameter", min_count=1))
    return gap.max(["lr_adam", "lr_gd"]) / norm


def _worst(found: xr.DataArray) -> np.ndarray:
    """The largest over everything but the seed."""
    return found.max([dim for dim in found.dims if dim != "seed"]).values


def _distance(cube: xr.Dataset, name: str) -> Claim:
    found = at_end(pick(cube, optimizer=name), "distance")
    return claim(
        cube,
        f"{name}_distance",
        source="Theorem 4.2",
        statement=f"{NAMES[name]} converges to the unique solution of regularized logistic regression, at "
        "every learning rate and weight decay of the grid",
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


def _errors(cube: xr.Dataset, quantity: str) -> tuple[xr.DataArray, xr.DataArray]:
    return tuple(along(at_end(pick(cube, optimizer=name), quantity), "lr") for name in ("adam", "gd"))


def _test(cube: xr.Dataset) -> Claim:
    adam, gd = (part.mean("lr") for part in _errors(cube, "test_error"))
    gap = np.abs(adam - gd)
    return claim(
        cube,
        "test",
        source="Theorem 4.2",
        statement="Adam and gradient descent have the same test error",
        quantity="abs(difference of the test errors), largest over weight decay",
        estimate=mean(gap.max("weight_decay").values if "weight_decay" in gap.dims else gap.values),
        rule=below(0.01),
        note=f"Test errors of Adam {_range(adam.values)}, of gradient descent {_range(gd.values)}.",
    )


def _train(cube: xr.Dataset) -> Claim:
    worst = xr.concat(
        [part.drop_vars("lr").max("lr") for part in _errors(cube, "train_error")],
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
    if "weight_decay" not in found.dims or not found.size:
        return ""
    worst = found.max([dim for dim in found.dims if dim != "weight_decay"])
    pairs = zip(worst["weight_decay"].values, worst.values, strict=True)
    return "Largest at weight decay " + ", ".join(f"{decay:g}: {value:.2g}" for decay, value in pairs) + "."


def _range(values: np.ndarray) -> str:
    known = values[np.isfinite(values)]
    return f"{known.min():.4f} to {known.max():.4f}" if known.size else "unknown"
