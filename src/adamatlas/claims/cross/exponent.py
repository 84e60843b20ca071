"""tang2025's data under AdamE: does the exponent lead from gradient descent's generalization to Adam's?"""

from __future__ import annotations

import numpy as np
import xarray as xr

from adamatlas.claims.rules import Claim, above, below, claim, mean, share
from adamatlas.readings.cross import batch_name, batch_sizes, over_exponent
from adamatlas.selection import exceeds

REQUIRES = ("batch_size", "v_exponent", "seed", "snapshot")
QUANTITIES = ("test_error", "train_loss")
GENERALIZES = 0.01
BETWEEN = 0.1
FALL = 0.05
ADAM = 0.5


def judge(cube: xr.Dataset) -> list[Claim]:
    """In large batches the two ends, the order, and what lies between; in small ones all exponents."""
    large = [size for size in batch_sizes(cube) if size > 2]
    return [
        *(judged(cube, size) for size in large for judged in (_descent, _adam, _rises, _between)),
        *(_small(cube, size) for size in batch_sizes(cube) if size == 2),
    ]


def _tag(cube: xr.Dataset, size: int) -> str:
    return "full" if batch_name(cube, size) == "full batch" else f"b{size}"


def _at(cube: xr.Dataset, size: int, p: float) -> np.ndarray:
    found, error = over_exponent(cube, "test_error", size)
    row = np.flatnonzero(np.isclose(found, p))
    return error[row[0]] if row.size else np.full(1, np.nan)


def _means(cube: xr.Dataset, quantity: str, size: int) -> str:
    parts = [
        f"{p:g}: {np.nanmean(row):.3g}"
        for p, row in zip(*over_exponent(cube, quantity, size), strict=True)
        if np.isfinite(row).any()
    ]
    return f"Mean {quantity.replace('_', ' ')} by p: {', '.join(parts)}." if parts else ""


def _descent(cube: xr.Dataset, size: int) -> Claim:
    return claim(
        cube,
        f"{_tag(cube, size)}_p0",
        source="exploratory",
        statement=f"Exponent 0 ({batch_name(cube, size)}), gradient descent with momentum, generalizes",
        quantity="test_error at the end, p = 0",
        estimate=mean(_at(cube, size, 0.0)),
        rule=below(GENERALIZES),
    )


def _adam(cube: xr.Dataset, size: int) -> Claim:
    return claim(
        cube,
        f"{_tag(cube, size)}_p50",
        source="exploratory",
        statement=f"Exponent 1/2 ({batch_name(cube, size)}), Adam, generalizes worse than chance",
        quantity="test_error at the end, p = 1/2",
        estimate=mean(_at(cube, size, ADAM)),
        rule=above(0.5),
    )


def _rises(cube: xr.Dataset, size: int) -> Claim:
    _, error = over_exponent(cube, "test_error", size)
    falls = -np.diff(error, axis=0) if len(error) > 1 else np.full((1, 1), np.nan)
    return claim(
        cube,
        f"{_tag(cube, size)}_rises",
        source="exploratory",
        statement=f"The test error ({batch_name(cube, size)}) does not fall as the exponent grows",
        quantity="largest fall of test_error between two neighbouring exponents",
        estimate=mean(np.maximum(falls, 0.0).max(axis=0)),
        rule=below(FALL),
        note=_means(cube, "test_error", size),
    )


def _between(cube: xr.Dataset, size: int) -> Claim:
    p, error = over_exponent(cube, "test_error", size)
    first, last = _at(cube, size, 0.0), _at(cube, size, ADAM)
    inner = error[(p > 0) & (p < ADAM)]
    way = last - first
    done = (
        (inner - first) / np.where(way > GENERALIZES, way, np.nan) if inner.size else np.full((1, 1), np.nan)
    )
    inside = np.where(np.isfinite(done), np.abs(done - 0.5) < 0.5 - BETWEEN, np.nan)
    return claim(
        cube,
        f"{_tag(cube, size)}_between",
        source="exploratory",
        statement=f"Exponents between 0 and 1/2 ({batch_name(cube, size)}) end between gradient descent and "
        "Adam, not beside one of them",
        quantity="share of runs with 0 < p < 1/2 whose test error is 10 to 90 % of the way from p = 0 to "
        "p = 1/2",
        estimate=share(inside, of="runs"),
        rule=above(0.5),
        note=_means(cube, "train_loss", size),
    )


def _small(cube: xr.Dataset, size: int) -> Claim:
    _, error = over_exponent(cube, "test_error", size)
    return claim(
        cube,
        f"b{size}_all",
        source="exploratory",
        statement=f"Every exponent generalizes at B={size}",
        quantity=f"share of runs with test_error above {GENERALIZES:g} at the end",
        estimate=share(exceeds(error, GENERALIZES), of="runs"),
        rule=below(0.5),
        note=_means(cube, "test_error", size),
    )
