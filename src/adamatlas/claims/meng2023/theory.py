"""Theorems 3.2 and 3.3: loss and test error with lambda = 1/(sigma_p sqrt d) until T1, and without."""

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
    """Loss and test error at every noise level, with the largest lambda that ran there and without."""
    levels = cube["sigma_p"].values.tolist()
    cells = [(sigma, max(lambdas(cube, sigma), default=np.nan)) for sigma in levels]
    cells += [(sigma, 0.0) for sigma in levels]
    return [judged for cell in cells for judged in _ends(cube, *cell)]


def _ends(cube: xr.Dataset, sigma: float, strength: float) -> list[Claim]:
    found = until_switched_off(cube, sigma_p=sigma, reg_lambda=strength)
    learns, note = strength != 0.0, diverged(found["status"].values)
    name, source = ("pegr", "Theorem 3.2") if learns else ("standard", "Theorem 3.3")
    how = "PEGR with lambda = 1/(sigma_p sqrt d) until T1" if learns else "Without regularization"
    return [
        claim(
            cube,
            f"{name}_loss_{sigma:g}",
            source=source,
            statement=f"{how}, sigma_p {sigma:g}: the training loss converges to 0",
            quantity="train_loss at the end",
            estimate=mean(at_end(found, "train_loss").values),
            rule=below(SMALL_LOSS),
            paper_value=0.0,
            note=note,
        ),
        claim(
            cube,
            f"{name}_test_{sigma:g}",
            source=source,
            statement=f"{how}, sigma_p {sigma:g}: the test error "
            f"{'converges to 0' if learns else 'stays near 1/2'}",
            quantity="1 - test_accuracy at the end",
            estimate=mean(1 - at_end(found, "test_accuracy").values),
            rule=below(SMALL_ERROR) if learns else above(LARGE_ERROR),
            paper_value=0.0 if learns else "at least 1/2.01",
            note=note,
        ),
    ]
