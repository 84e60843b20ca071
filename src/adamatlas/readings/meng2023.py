"""The runs of the patch CNN under PEGR and FGR: methods, the two readings of the network, noise levels."""

from collections.abc import Callable, Iterable
from functools import reduce
from typing import TypeVar

import numpy as np
import xarray as xr

from adamatlas import selection
from adamatlas.readings import axes
from adamatlas.selection import at_end, constant
from adamatlas.theory.linear_growth import Setting

T = TypeVar("T", xr.Dataset, xr.DataArray)
PEGR, FGR = "per_example_gradient", "full_gradient"
METHODS = {"pegr": (PEGR, "PEGR"), "fgr": (FGR, "FGR"), "standard": (PEGR, "Standard training")}
VARIANTS = {
    "as_stated": (0.1, "second layer 1/m, as stated"),
    "rescaled": (1.0, "second layer 1"),
}
LAMBDA = 0.01
LARGER = 0.015
"""A lambda at which linear theory suppresses the noise at every sigma_p, when the second layer is 1."""
HIGH_NOISE = 0.3
"""Noise levels above this are those at which the paper says that FGR and standard training fail."""


def who(method: str, variant: str) -> str:
    """A method and the second layer of its network, in words."""
    return f"{METHODS[method][1]} ({VARIANTS[variant][1]})"


def part(cube: xr.Dataset, method: str, variant: str, strength: float = LAMBDA) -> xr.Dataset:
    """The runs of one method over (sigma_p, seed[, snapshot]); standard training is lambda = 0."""
    return until_switched_off(
        cube,
        "sigma_p",
        regularizer=METHODS[method][0],
        output_scale=VARIANTS[variant][0],
        reg_lambda=0.0 if method == "standard" else strength,
    )


def common(parts: Iterable[xr.Dataset]) -> list[xr.Dataset]:
    """The parts at the seeds that all of them have."""
    parts = list(parts)
    seeds = reduce(np.intersect1d, (found["seed"].values for found in parts))
    return [found.sel(seed=seeds) for found in parts]


def ends(found: xr.Dataset, name: str) -> np.ndarray:
    """A quantity at the end (seed, sigma_p)."""
    return at_end(found, name).transpose("seed", "sigma_p").values


def starts(found: xr.Dataset, name: str) -> np.ndarray:
    """A quantity at step 0 (seed, sigma_p)."""
    return found[name].isel(snapshot=0).transpose("seed", "sigma_p").values


def noisy(found: T) -> T:
    """The runs at high noise."""
    return found.isel(sigma_p=np.flatnonzero(found["sigma_p"].values > HIGH_NOISE))


def quiet(found: T) -> T:
    """The runs at low noise."""
    return found.isel(sigma_p=np.flatnonzero(found["sigma_p"].values <= HIGH_NOISE))


def every(holds: np.ndarray, known: np.ndarray) -> np.ndarray:
    """1 where a condition holds at every sigma_p, 0 where it fails at one, NaN if not known (seed,)."""
    return reduced(np.where(np.isfinite(known), holds, np.nan), np.min)


def reduced(values: np.ndarray, how: Callable) -> np.ndarray:
    """`how` over sigma_p of values (seed, sigma_p), NaN where one of them is not known."""
    return how(values, axis=1) if values.size else np.full(len(values), np.nan)


def accuracy(cube: xr.Dataset, kind: str) -> xr.DataArray:
    """test_accuracy at the end (sigma_p, reg_lambda, seed) at the lambdas that ran with a regularizer.

    NaN for runs that diverged. Without a run no seeds, at every lambda.
    """
    found = until_switched_off(cube, "sigma_p", "reg_lambda", regularizer=kind)
    values = at_end(found, "test_accuracy").where(found["status"] == 1)
    ran = axes.places(found, "reg_lambda")
    return values.isel(reg_lambda=ran) if ran.size else values


def setting(cube: xr.Dataset) -> Setting:
    """The Setting of a study in which its numbers are constant; what the cube does not say is the paper's."""
    keys = {"d": "d", "n": "n_train", "scale": "output_scale", "lr": "lr"}
    said = {name: constant(cube, key) for name, key in keys.items()}
    return Setting(**{name: value for name, value in said.items() if value is not None})


def lambdas(cube: xr.Dataset, sigma: float) -> list[float]:
    """The lambdas above 0 that ran at one sigma_p, the largest first: that is the theorems'."""
    ran = axes.values(cube.sel(sigma_p=sigma), "reg_lambda").tolist()
    return sorted((strength for strength in ran if strength > 0), reverse=True)


def until_switched_off(cube: xr.Dataset, *dims: str, **point: object) -> xr.Dataset:
    """As `selection.runs`; where several switch-off epochs ran, those of the latest."""
    if "reg_off_epoch" in cube["status"].dims:
        point["reg_off_epoch"] = cube["reg_off_epoch"].values.max()
    return selection.runs(cube, *dims, **point)
