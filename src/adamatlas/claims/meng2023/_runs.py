"""The runs of Figures 1 to 4: methods, the two readings of the network, and noise levels."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import reduce

import numpy as np
import xarray as xr

from adamatlas.selection import along, at_end, pick

METHODS = {
    "pegr": ("per_example_gradient", "PEGR"),
    "fgr": ("full_gradient", "FGR"),
    "standard": ("per_example_gradient", "Standard training"),
}
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
    """A method on one reading of the network, in words."""
    return f"{METHODS[method][1]} ({VARIANTS[variant][1]})"


def part(cube: xr.Dataset, method: str, variant: str, strength: float = LAMBDA) -> xr.Dataset:
    """The runs of one method over (sigma_p, seed[, snapshot]); standard training is lambda = 0."""
    kind, scale = METHODS[method][0], VARIANTS[variant][0]
    found = pick(
        cube,
        regularizer=kind,
        output_scale=scale,
        reg_lambda=0.0 if method == "standard" else strength,
    )
    return along(found, "sigma_p")


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


def noisy(found: xr.Dataset) -> xr.Dataset:
    """The runs at high noise."""
    return found.isel(sigma_p=np.flatnonzero(found["sigma_p"].values > HIGH_NOISE))


def quiet(found: xr.Dataset) -> xr.Dataset:
    """The runs at low noise."""
    return found.isel(sigma_p=np.flatnonzero(found["sigma_p"].values <= HIGH_NOISE))


def every(holds: np.ndarray, known: np.ndarray) -> np.ndarray:
    """1 where a condition holds at every sigma_p, 0 where it fails at one, NaN if not known (seed,)."""
    holds = np.where(np.isfinite(known), holds, np.nan)
    return reduced(holds, np.min)


def reduced(values: np.ndarray, how: Callable) -> np.ndarray:
    """`how` over sigma_p of values (seed, sigma_p), NaN where one of them is not known."""
    if not values.size:
        return np.full(len(values), np.nan)
    return how(values, axis=1)


def by_noise(found: xr.Dataset, values: np.ndarray, digits: str = ".3g") -> str:
    """Medians over seeds at each sigma_p, and how many runs diverged, in words."""
    pairs = []
    for column, sigma in zip(values.T, found["sigma_p"].values, strict=True):
        known = column[np.isfinite(column)]
        pairs.append(f"{sigma:g}: {np.median(known):{digits}}" if known.size else f"{sigma:g}: no runs")
    diverged = int((found["status"].values == 2).sum())
    lost = f" {diverged} runs diverged and are left out." if diverged else ""
    return f"Medians at sigma_p {', '.join(pairs)}.{lost}"
