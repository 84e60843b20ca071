"""What the seeds of a study say about one number: the number, and its interval at any confidence.

The unit is the seed. Data, initialization and minibatches depend on the seed alone, so the runs of one seed
are not independent: estimates take values (seed,) or (seed, cell) and never count cells as seeds.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import ArrayLike

CONFIDENCE = 0.95
LEAST = 5
"""Fewer seeds than this have no interval of a mean."""

Interval = tuple[float, float]
UNKNOWN = (math.nan, math.nan)


@dataclass(frozen=True)
class Estimate:
    """A measured number, the seeds behind it, and how its interval follows from their values."""

    measured: float
    values: np.ndarray
    """(seed,) or (seed, cell), with the seeds that are known."""
    method: str
    spread: Callable[[np.ndarray, float], Interval]
    """The interval of such values at a confidence; NaN where there is none."""

    @property
    def n(self) -> int:
        """How many seeds it rests on."""
        return len(self.values)

    @property
    def interval(self) -> Interval:
        """At 95 %."""
        return self.at(CONFIDENCE)

    def at(self, confidence: float) -> Interval:
        """The interval at a confidence between 0 and 1."""
        return self.spread(self.values, confidence) if self.n else UNKNOWN

    def repeated(self, n: int) -> Estimate:
        """What n seeds would say if they were like these."""
        values = np.resize(self.values, (n, *self.values.shape[1:]))
        return Estimate(self.measured, values, self.method, self.spread)


def share(happened: ArrayLike) -> Estimate:
    """The share of seeds (seed,) for which something holds, with its Clopper-Pearson interval.

    NaN is not known and left out. For values (seed, cell) a seed counts where all its cells hold, and is left
    out where one is not known.
    """
    values = _by_seed(happened, lambda cells: cells.min(axis=1))
    return _estimate(values, np.mean, _clopper_pearson, "share of seeds, 95 % Clopper-Pearson")


def every(happened: ArrayLike) -> Estimate:
    """The least share of seeds over the cells (seed, cell) of a grid: for what shall hold in each.

    The lower end is that of the worst cell at 95 %: all cells must hold, so none needs a correction. The
    upper end is corrected for the number of cells (Bonferroni), since one of many may fail by chance.
    """
    values = np.atleast_2d(np.asarray(happened, dtype=float).T).T
    values = values[:, np.isfinite(values).any(axis=0)]
    values = values[np.isfinite(values).any(axis=1)]
    method = f"least share of seeds over {values.shape[1]} cells, 95 % Clopper-Pearson"
    return _estimate(values, lambda known: np.nanmean(known, axis=0).min(), _worst_cell, method)


def mean(values: ArrayLike) -> Estimate:
    """The mean over seeds with Student's t interval, from five on; of (seed, cell), of the seeds' means.

    Seeds that all have the same value have no spread to take an interval from: from six on (a chance of 1/32
    for values on both sides of a bound) the value itself is judged.
    """
    known = _by_seed(values, lambda cells: cells.mean(axis=1))
    return _estimate(known, np.mean, _student, "mean over seeds, 95 % Student t")


def median(values: ArrayLike) -> Estimate:
    """The median over seeds (seed,) with the interval between order statistics, from six seeds on."""
    known = _by_seed(values, lambda cells: np.median(cells, axis=1))
    return _estimate(
        known, np.median, _order_statistics, "median over seeds, 95 % interval of order statistics"
    )


def prediction(values: ArrayLike) -> Estimate:
    """Where one more run would lie: mean +- t s sqrt(1 + 1/n) of the seeds (seed,), from five on.

    For a single number that a paper prints, whose own spread is not known.
    """
    known = _by_seed(values, lambda cells: cells.mean(axis=1))
    return _estimate(known, np.mean, _next_value, "one more seed, 95 % prediction interval")


def largest(values: ArrayLike) -> Estimate:
    """The maximum over everything that was checked: a statement about these values, not about other seeds."""
    known = np.asarray(values, dtype=float).ravel()
    known = known[np.isfinite(known)]
    return _estimate(known, np.max, lambda known, _: (known.max(), known.max()), "largest of all values")


def _estimate(
    values: np.ndarray,
    centre: Callable[[np.ndarray], float],
    spread: Callable[[np.ndarray, float], Interval],
    method: str,
) -> Estimate:
    return Estimate(float(centre(values)) if values.size else math.nan, values, method, spread)


def _by_seed(values: ArrayLike, over_cells: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """One value for each seed of which all cells are known."""
    cells = np.asarray(values, dtype=float)
    if not cells.size:
        return np.empty(0)
    cells = cells.reshape(len(cells), -1) if cells.ndim else cells.reshape(1, 1)
    return over_cells(cells[np.isfinite(cells).all(axis=1)])


def _clopper_pearson(happened: np.ndarray, confidence: float) -> Interval:
    result = scipy.stats.binomtest(int(happened.sum()), len(happened))
    low, high = result.proportion_ci(confidence, method="exact")
    return float(low), float(high)


def _worst_cell(happened: np.ndarray, confidence: float) -> Interval:
    corrected = 1 - (1 - confidence) / happened.shape[1]
    known = [cell[np.isfinite(cell)] for cell in happened.T]
    low = min(_clopper_pearson(cell, confidence)[0] for cell in known)
    return low, min(_clopper_pearson(cell, corrected)[1] for cell in known)


def _student(values: np.ndarray, confidence: float) -> Interval:
    return _around_mean(values, confidence, 1 / len(values))


def _next_value(values: np.ndarray, confidence: float) -> Interval:
    return _around_mean(values, confidence, 1 + 1 / len(values))


def _around_mean(values: np.ndarray, confidence: float, factor: float) -> Interval:
    """mean +- t s sqrt(factor)."""
    n = len(values)
    if np.ptp(values) == 0:
        return (values[0], values[0]) if 2 * 0.5**n <= 1 - confidence else UNKNOWN
    if n < LEAST:
        return UNKNOWN
    half = scipy.stats.t.ppf((1 + confidence) / 2, n - 1) * values.std(ddof=1) * math.sqrt(factor)
    return float(values.mean() - half), float(values.mean() + half)


def _order_statistics(values: np.ndarray, confidence: float) -> Interval:
    """[x_(k), x_(n+1-k)] with the largest k for which P(Binomial(n, 1/2) < k) <= (1 - confidence) / 2."""
    n = len(values)
    k = int(scipy.stats.binom.ppf((1 - confidence) / 2, n, 0.5))
    if scipy.stats.binom.cdf(k, n, 0.5) <= (1 - confidence) / 2:
        k += 1
    if k < 1:
        return UNKNOWN
    ordered = np.sort(values)
    return float(ordered[k - 1]), float(ordered[n - k])


def slope(x: ArrayLike, y: ArrayLike) -> float:
    """Exponent of y ~ x^slope: least squares in the logarithms; NaN with fewer than two positive points."""
    with np.errstate(divide="ignore", invalid="ignore"):
        x, y = np.log(np.asarray(x, dtype=float)), np.log(np.asarray(y, dtype=float))
    known = np.isfinite(x) & np.isfinite(y)
    if len(np.unique(x[known])) < 2:
        return math.nan
    return float(scipy.stats.linregress(x[known], y[known]).slope)
