"""Image networks over the number of training images at fixed n/B, of which the theory speaks."""

import numpy as np
import xarray as xr

from adamatlas.claims.estimates import mean
from adamatlas.claims.rules import Claim, above, claim
from adamatlas.claims.words import summaries
from adamatlas.readings import image_sweeps as sweeps
from adamatlas.readings import images

REQUIRES = ("batch_size", "n_train", "network", "optimizer", "seed")
QUANTITIES = ("test_accuracy",)


def judge(cube: xr.Dataset) -> list[Claim]:
    """At the same n/B more images lower the test error: n/B alone does not decide."""
    found = []
    for title, point in images.runs_of(cube).items():
        errors = sweeps.over_epoch_steps(cube, **point).transpose("seed", "steps_per_epoch", "n_train")
        found.append(
            claim(
                cube,
                f"{images.key(cube, point)}_images",
                kind="extension",
                source="Beyond Theorems 4.1 and 4.4, which speak of n/B",
                statement=f"{title}: n/B does not decide alone; at the same n/B more images "
                "lower the test error",
                quantity="test error at the fewest images minus at the most, mean over n/B",
                estimate=mean(_gain(errors.values)),
                rule=above(0.0),
                note=f"{images.ran(cube)}. Medians by n/B and n: {_listed(errors)}.",
            )
        )
    return found


def _gain(errors: np.ndarray) -> np.ndarray:
    """(seed, n/B): the first known error over n minus the last."""
    known = [np.flatnonzero(np.isfinite(row).any(axis=0)) for row in errors.transpose(1, 0, 2)]
    gains = [errors[:, k, n[0]] - errors[:, k, n[-1]] for k, n in enumerate(known) if len(n) > 1]
    return np.stack(gains, axis=1) if gains else np.full((len(errors), 1), np.nan)


def _listed(errors: xr.DataArray) -> str:
    rows = (
        f"{steps:g}: {summaries(errors['n_train'].values, errors.sel(steps_per_epoch=steps).values.T, '.3f')}"
        for steps in errors["steps_per_epoch"].values
    )
    return "; ".join(rows)
