"""Weight decays between the noise coordinates' threshold and the feature's: large batches that generalize."""

from functools import partial

import numpy as np
import xarray as xr

from adamatlas.claims.estimates import share
from adamatlas.claims.rules import Claim, above, claim
from adamatlas.claims.words import summaries
from adamatlas.readings.axes import places
from adamatlas.readings.tang2025 import thresholds
from adamatlas.selection import at_end, runs

REQUIRES = ("optimizer", "seed", "weight_decay")
QUANTITIES = ("test_error", "train_error")
SMALL = 0.01
WINDOW = (3e-4, 3e-3)


def judge(cube: xr.Dataset) -> list[Claim]:
    """Adam inside of the window and at the paper's decay; AdamW at every decay."""
    low, high = thresholds(cube)
    adam = np.maximum(*(_ends(cube, "adam", name) for name in ("train_error", "test_error")))
    adamw = _ends(cube, "adamw", "test_error")
    decay = adam["weight_decay"]
    inside = adam.isel(weight_decay=((decay >= 0.99 * WINDOW[0]) & (decay <= 1.01 * WINDOW[1])).values)
    paper = _ends(cube, "adam", "test_error").isel(weight_decay=np.isclose(decay, 1e-5))
    judged = partial(claim, cube, source="Theorem 4.1, Corollary 4.3", kind="extension", rule=above(0.5))
    return [
        judged(
            "adam",
            statement="Large-batch Adam (B=100) generalizes where its weight decay lies between the "
            "thresholds of noise and feature: training and test error 0 at each from 3e-4 to 3e-3",
            quantity=f"share of seeds with training and test error below {SMALL:g} at each",
            estimate=share(_between(inside, -1, SMALL)),
            note=f"sigma_0^(q-2) sigma_p / n = {low:.2g}, sigma_0^(q-2) = {high:.2g}. Larger of the errors, "
            f"medians by weight decay: {_medians(adam)}.",
        ),
        judged(
            "paper",
            statement="At the paper's weight decay of 1e-5 large-batch Adam (B=100) has test error above 1/2",
            quantity="share of seeds with test_error > 1/2",
            estimate=share(_between(paper, 0.5, np.inf)),
        ),
        judged(
            "adamw",
            statement="Decoupled weight decay has no such window: large-batch AdamW (B=100) has test error "
            "above 1/2 at each from 1e-3 to 1",
            quantity="share of seeds with test_error > 1/2 at each",
            estimate=share(_between(adamw, 0.5, np.inf)),
            note=f"Medians by weight decay: {_medians(adamw)}.",
        ),
    ]


def _ends(cube: xr.Dataset, optimizer: str, quantity: str) -> xr.DataArray:
    """A quantity at the end, (seed, weight_decay), where the optimizer ran."""
    part = runs(cube, "seed", "weight_decay", optimizer=optimizer)
    return at_end(part, quantity).isel(weight_decay=places(part, "weight_decay")).reindex(seed=cube["seed"])


def _between(errors: xr.DataArray, above: float, below: float) -> np.ndarray:
    values = errors.values
    return np.where(np.isfinite(values), (values > above) & (values < below), np.nan)


def _medians(errors: xr.DataArray) -> str:
    return summaries(errors["weight_decay"].values, errors.values.T, ".3g")
