"""Theorems 3.2 and 3.3: loss and test error with lambda = 1/(sigma_p sqrt d) until T1, and without."""

from __future__ import annotations

import numpy as np
import xarray as xr

from adamatlas.claims.rules import Claim, above, below, claim, mean
from adamatlas.claims.words import diverged
from adamatlas.readings.meng2023 import lambdas, until_switched_off
from adamatlas.selection import at_end

REQUIRES = ("reg_lambda", "reg_off_epoch", "seed", "sigma_p", "snapshot")
QUANTITIES = ("test_accuracy", "train_loss")
SMALL_LOSS = 0.05
SMALL_ERROR = 0.01
LARGE_ERROR = 0.45


def judge(cube: xr.Dataset) -> list[Claim]:
    """Loss and test error at every noise level, with and without the regularizer."""
    out = []
    for regularized, theorem in ((True, "Theorem 3.2"), (False, "Theorem 3.3")):
        for sigma in cube["sigma_p"].values.tolist():
            strength = max(lambdas(cube, sigma), default=np.nan) if regularized else 0.0
            found = until_switched_off(cube, sigma_p=sigma, reg_lambda=strength)
            out += [_loss(cube, found, sigma, theorem), _error(cube, found, sigma, theorem)]
    return out


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
        note=diverged(found["status"].values),
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
        note=diverged(found["status"].values),
    )
