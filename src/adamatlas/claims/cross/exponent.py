"""tang2025's data under AdamE: does the exponent lead from gradient descent's generalization to Adam's?"""

from functools import partial

import numpy as np
import xarray as xr

from adamatlas.claims.rules import Claim, above, below, claim, mean, share
from adamatlas.claims.words import summaries
from adamatlas.readings.cross import batch_name, batch_sizes, batch_tag, over_exponent
from adamatlas.selection import exceeds

REQUIRES = ("batch_size", "v_exponent", "seed", "snapshot")
QUANTITIES = ("test_error", "train_loss")
SOURCE = "exploratory"
GENERALIZES = 0.01
BETWEEN = 0.1
FALL = 0.05
ADAM = 0.5


def judge(cube: xr.Dataset) -> list[Claim]:
    """In large batches gradient descent, Adam and what lies between them; in small ones all exponents."""
    large = [size for size in batch_sizes(cube) if size > 2]
    return [
        *(judged for size in large for judged in _large(cube, size)),
        *(_small(cube, size) for size in batch_sizes(cube) if size == 2),
    ]


def _large(cube: xr.Dataset, size: int) -> list[Claim]:
    where, tag = batch_name(cube, size), batch_tag(cube, size)
    judged = partial(claim, cube, source=SOURCE)
    p, error = over_exponent(cube, "test_error", size)
    descent, adam = (_at(p, error, exponent) for exponent in (0.0, ADAM))
    falls = -np.diff(error, axis=0) if len(error) > 1 else np.full((1, 1), np.nan)
    way = np.where(adam - descent > GENERALIZES, adam - descent, np.nan)
    done = (error[(p > 0) & (p < ADAM)] - descent) / way
    return [
        judged(
            f"{tag}_p0",
            statement=f"Exponent 0 ({where}), gradient descent with momentum, generalizes",
            quantity="test_error at the end, p = 0",
            estimate=mean(descent),
            rule=below(GENERALIZES),
        ),
        judged(
            f"{tag}_p50",
            statement=f"Exponent 1/2 ({where}), Adam, generalizes worse than chance",
            quantity="test_error at the end, p = 1/2",
            estimate=mean(adam),
            rule=above(0.5),
        ),
        judged(
            f"{tag}_rises",
            statement=f"The test error ({where}) does not fall as the exponent grows",
            quantity="largest fall of test_error between two neighbouring exponents",
            estimate=mean(np.maximum(falls, 0.0).max(axis=0)),
            rule=below(FALL),
            note=_means(cube, "test_error", size),
        ),
        judged(
            f"{tag}_between",
            statement=f"Exponents between 0 and 1/2 ({where}) end between gradient descent and Adam, not "
            "beside one of them",
            quantity="share of runs with 0 < p < 1/2 whose test error is 10 to 90 % of the way from p = 0 to "
            "p = 1/2",
            estimate=share(np.where(np.isfinite(done), np.abs(done - 0.5) < 0.5 - BETWEEN, np.nan), "runs"),
            rule=above(0.5),
            note=_means(cube, "train_loss", size),
        ),
    ]


def _small(cube: xr.Dataset, size: int) -> Claim:
    _, error = over_exponent(cube, "test_error", size)
    return claim(
        cube,
        f"b{size}_all",
        source=SOURCE,
        statement=f"Every exponent generalizes at B={size}",
        quantity=f"share of runs with test_error above {GENERALIZES:g} at the end",
        estimate=share(exceeds(error, GENERALIZES), of="runs"),
        rule=below(0.5),
        note=_means(cube, "test_error", size),
    )


def _at(p: np.ndarray, error: np.ndarray, exponent: float) -> np.ndarray:
    row = np.flatnonzero(np.isclose(p, exponent))
    return error[row[0]] if row.size else np.full(1, np.nan)


def _means(cube: xr.Dataset, quantity: str, size: int) -> str:
    means = summaries(*over_exponent(cube, quantity, size), of=np.mean)
    return f"Mean {quantity.replace('_', ' ')} by p: {means}." if means else ""
