"""Theorems 3.2 and 3.3: loss and test error with lambda = 1/(sigma_p sqrt d) until T1, and without."""

from __future__ import annotations

import numpy as np
import xarray as xr

from adamatlas.claims.rules import Claim, above, below, claim, mean
from adamatlas.selection import at_end, pick

REQUIRES = ("reg_lambda", "reg_off_epoch", "seed", "sigma_p", "snapshot")
QUANTITIES = ("train_loss", "test_accuracy")
SMALL_LOSS = 0.05
SMALL_ERROR = 0.01
LARGE_ERROR = 0.45


def judge(cube: xr.Dataset) -> list[Claim]:
    """Loss and test error at every noise level, with and without the regularizer."""
    out = []
    for regularized, theorem in ((True, "Theorem 3.2"), (False, "Theorem 3.3")):
        for sigma in levels(cube):
            found = runs(cube, sigma, regularized)
            out += [_loss(cube, found, sigma, theorem), _error(cube, found, sigma, theorem)]
    return out


def levels(cube: xr.Dataset) -> list[float]:
    """The noise levels."""
    return np.atleast_1d(cube["sigma_p"].values).tolist()


def runs(cube: xr.Dataset, sigma: float, regularized: bool) -> xr.Dataset:
    """The runs at one sigma_p with its own lambda, or with lambda = 0."""
    ran = cube["status"].sel(sigma_p=sigma) > 0
    strengths = cube["reg_lambda"].values[ran.any([dim for dim in ran.dims if dim != "reg_lambda"]).values]
    return pick(cube, sigma_p=sigma, reg_lambda=strengths.max() if regularized else 0.0)


def _who(theorem: str, sigma: float) -> tuple[str, str]:
    if theorem == "Theorem 3.2":
        return "pegr", f"PEGR with lambda = 1/(sigma_p sqrt d) until T1, sigma_p {sigma:g}"
    return "standard", f"Without regularization, sigma_p {sigma:g}"


def _loss(cube: xr.Dataset, found: xr.Dataset, sigma: float, theorem: str) -> Claim:
    name, who = _who(theorem, sigma)
    return claim(
        cube,
        f"{name}_loss_{sigma:g}",
        source=theorem,
        statement=f"{who}: the training loss converges to 0",
        quantity="train_loss at the end",
        estimate=mean(at_end(found, "train_loss").values),
        rule=below(SMALL_LOSS),
        paper_value=0.0,
        note=_diverged(found),
    )


def _error(cube: xr.Dataset, found: xr.Dataset, sigma: float, theorem: str) -> Claim:
    name, who = _who(theorem, sigma)
    learns = name == "pegr"
    return claim(
        cube,
        f"{name}_test_{sigma:g}",
        source=theorem,
        statement=f"{who}: the test error {'converges to 0' if learns else 'stays near 1/2'}",
        quantity="1 - test_accuracy at the end",
        estimate=mean(1 - at_end(found, "test_accuracy").values),
        rule=below(SMALL_ERROR) if learns else above(LARGE_ERROR),
        paper_value=0.0 if learns else "at least 1/2.01",
        note=_diverged(found),
    )


def _diverged(found: xr.Dataset) -> str:
    count = int((found["status"].values == 2).sum())
    return f"{count} of {found['status'].size} runs diverged and are left out." if count else ""
