"""The runs of the patch CNN under PEGR and FGR: methods, the two readings of the network, noise levels."""

from collections.abc import Iterable
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
COVARIANCE = "gradient_covariance"
METHODS = {"pegr": (PEGR, "PEGR"), "fgr": (FGR, "FGR"), "standard": (PEGR, "Standard training")}
VARIANTS = {
    "as_stated": (0.1, "second layer 1/m, as stated"),
    "rescaled": (1.0, "second layer 1"),
}
LAMBDA = 0.01
TWICE = 0.02
"""lambda/2 here is lambda at the paper's value: PEGR with the factor that the paper writes for FGR."""
HALF_WAY = 0.75
"""An accuracy above which a run has learned the signal."""
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


def holds(values: np.ndarray, condition: np.ndarray) -> np.ndarray:
    """1 where a condition on known values holds, 0 where it does not, NaN where a value is not known."""
    return np.where(np.isfinite(values), condition, np.nan)


def succeeds(found: xr.Dataset, values: np.ndarray, condition: np.ndarray) -> np.ndarray:
    """As `holds`, but a run that diverged does not succeed. values and condition: (seed, sigma_p)."""
    lost = found["status"].transpose("seed", "sigma_p").values == 2
    return np.where(lost, 0.0, holds(values, condition))


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


def crossing(values: xr.DataArray, axis: str) -> xr.DataArray:
    """Where along `axis`, in logarithms, the accuracy first passes 0.75.

    NaN where the values known there do not bracket it.
    """
    how = {"input_core_dims": [[axis]] * 2, "output_dtypes": [float], "vectorize": True}
    return xr.apply_ufunc(_crossing, values, values[axis], **how)


def _crossing(course: np.ndarray, at: np.ndarray) -> float:
    known = np.isfinite(course)
    course, at = course[known], np.log(at[known].astype(float))
    reached = np.flatnonzero(course > HALF_WAY)
    if not reached.size or reached[0] == 0:
        return np.nan
    low, high = reached[0] - 1, reached[0]
    way = (HALF_WAY - course[low]) / (course[high] - course[low])
    return float(np.exp((1 - way) * at[low] + way * at[high]))


def critical(values: xr.DataArray) -> xr.DataArray:
    """The smallest lambda (seed, sigma_p) at which the accuracy passes 0.75."""
    return crossing(values, "reg_lambda").transpose("seed", "sigma_p")


def critical_times(cube: xr.Dataset) -> xr.DataArray:
    """The earliest epoch (seed, sigma_p, sigma_0) at which PEGR may be switched off."""
    found = selection.runs(cube, "sigma_p", "sigma_0", "reg_off_epoch")
    values = at_end(found, "test_accuracy").where(found["status"] == 1)
    return crossing(values, "reg_off_epoch").transpose("seed", "sigma_p", "sigma_0")


def numbers(cube: xr.Dataset) -> dict[str, float]:
    """What the theorems' times, bounds and conditions depend on, of a study in which it is constant."""
    return {name: constant(cube, name) for name in ("d", "n_train", "m", "sigma_p", "sigma_0", "lr")}


def until_switched_off(cube: xr.Dataset, *dims: str, **point: object) -> xr.Dataset:
    """As `selection.runs`; where several switch-off epochs ran, those of the latest."""
    if "reg_off_epoch" in cube["status"].dims:
        point["reg_off_epoch"] = cube["reg_off_epoch"].values.max()
    return selection.runs(cube, *dims, **point)
