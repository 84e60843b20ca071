"""From numbers over lanes to a verdict: estimates with intervals, and the rules that judge them.

A verdict is `supported` if the whole 95 % interval satisfies the rule, `refuted` if all of it violates the
rule, and `inconclusive` otherwise, or where there is no interval: a mean needs two values (three if they are
equal), a median five.
"""

import math
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import scipy
import xarray as xr
from numpy.typing import ArrayLike

CONFIDENCE = 0.95
RESAMPLES = 4999


@dataclass(frozen=True)
class Estimate:
    """A measured number, its 95 % interval, the number of values behind it, and how the interval was made."""

    measured: float
    interval: tuple[float, float]
    n: int
    method: str


@dataclass(frozen=True)
class Rule:
    """What an interval must do: `above` or `below` a bound, `within` a range, or `contain` a value."""

    kind: str
    low: float
    high: float = math.nan

    def __str__(self) -> str:
        bounds = {"within": f"[{self.low:g}, {self.high:g}]"}.get(self.kind, f"{self.low:g}")
        verb = {"contain": "contains"}.get(self.kind, f"lies {self.kind}")
        return f"{verb} {bounds}"

    def verdict(self, interval: tuple[float, float]) -> str:
        """`supported`, `refuted` or `inconclusive`."""
        low, high = interval
        if not (math.isfinite(low) and math.isfinite(high)):
            return "inconclusive"
        yes, no = {
            "above": (low > self.low, high <= self.low),
            "below": (high < self.low, low >= self.low),
            "within": (low >= self.low and high <= self.high, high < self.low or low > self.high),
            "contain": (low <= self.low <= high, not low <= self.low <= high),
        }[self.kind]
        return "supported" if yes else "refuted" if no else "inconclusive"


def above(bound: float) -> Rule:
    """The interval lies above `bound`."""
    return Rule("above", bound)


def below(bound: float) -> Rule:
    """The interval lies below `bound`."""
    return Rule("below", bound)


def within(low: float, high: float) -> Rule:
    """The interval lies in [low, high]."""
    return Rule("within", low, high)


def contains(value: float) -> Rule:
    """The interval contains `value`: for a number that a paper reports, refuted if it lies outside."""
    return Rule("contain", value)


@dataclass(frozen=True)
class Claim:
    """One judged claim, in the order of its keys in claims.json."""

    id: str
    paper: str
    source: str
    statement: str
    quantity: str
    criterion: str
    measured: float | None
    interval: list[float] | None
    n: int
    verdict: str
    scale: str
    paper_value: float | str | None
    cube: str
    note: str

    def to_dict(self) -> dict[str, Any]:
        """The claim as claims.json holds it."""
        return asdict(self)


def claim(
    cube: xr.Dataset,
    name: str,
    *,
    source: str,
    statement: str,
    quantity: str,
    estimate: Estimate,
    rule: Rule,
    paper_value: float | str | None = None,
    note: str = "",
    group: str = "",
) -> Claim:
    """Judge one claim: its criterion follows from the estimate and the rule.

    Its id is `<study>.<name>`, or `<group>.<name>` in a claim group that is not called as its study.
    """
    study = cube.attrs["study"]
    finite = [value if math.isfinite(value) else None for value in (estimate.measured, *estimate.interval)]
    return Claim(
        id=f"{group or study}.{name}",
        paper=cube.attrs["paper"],
        source=source,
        statement=statement,
        quantity=quantity,
        criterion=f"{estimate.method} {rule}",
        measured=finite[0],
        interval=None if None in finite[1:] else finite[1:],
        n=estimate.n,
        verdict=rule.verdict(estimate.interval),
        scale=cube.attrs["scale"],
        paper_value=paper_value,
        cube=f"cubes/{study}.nc",
        note=note,
    )


def share(happened: ArrayLike, of: str = "seeds") -> Estimate:
    """The share of True with its Clopper-Pearson interval; NaN counts as not known and is left out."""
    method = f"95 % Clopper-Pearson interval of the share of {of}"
    return _estimate(happened, np.mean, _clopper_pearson, method)


def mean(values: ArrayLike, of: str = "seeds") -> Estimate:
    """The mean over lanes with Student's t interval; NaN is left out."""
    return _estimate(values, np.mean, _student, f"95 % Student t interval of the mean over {of}")


def median(values: ArrayLike, of: str = "seeds") -> Estimate:
    """The median over lanes with a BCa bootstrap interval; NaN is left out."""
    return _estimate(values, np.median, _bootstrap, f"95 % BCa bootstrap interval of the median over {of}")


def largest(values: ArrayLike, of: str = "runs") -> Estimate:
    """The maximum over all that was checked: nothing is sampled, so its interval is a point."""
    return _estimate(values, np.max, lambda known: (known.max(), known.max()), f"largest value over all {of}")


def _estimate(values: ArrayLike, centre: Callable, spread: Callable, method: str) -> Estimate:
    known = np.asarray(values, dtype=float).ravel()
    known = known[np.isfinite(known)]
    if not known.size:
        return Estimate(math.nan, (math.nan, math.nan), 0, method)
    low, high = spread(known)
    return Estimate(float(centre(known)), (float(low), float(high)), known.size, method)


def _clopper_pearson(known: np.ndarray) -> tuple[float, float]:
    return scipy.stats.binomtest(int(known.sum()), known.size).proportion_ci(CONFIDENCE, method="exact")


def _student(known: np.ndarray) -> tuple[float, float]:
    if known.size < 2:
        return math.nan, math.nan
    error = scipy.stats.sem(known)
    if error == 0:
        return (known[0], known[0]) if known.size > 2 else (math.nan, math.nan)
    return scipy.stats.t.interval(CONFIDENCE, known.size - 1, loc=known.mean(), scale=error)


def _bootstrap(known: np.ndarray) -> tuple[float, float]:
    """BCa; percentile where the jackknife of the median is constant and BCa undefined."""
    if known.size < 5:
        return math.nan, math.nan
    if np.ptp(known) == 0:
        return known[0], known[0]
    kept = np.sort(known)
    deleted = [np.median(np.delete(kept, k)) for k in range(kept.size)]
    method = "BCa" if np.ptp(deleted) > 0 else "percentile"
    rng = np.random.default_rng(0)
    result = scipy.stats.bootstrap(
        (kept,), np.median, n_resamples=RESAMPLES, confidence_level=CONFIDENCE, method=method, rng=rng
    ).confidence_interval
    return (result.low, result.high) if np.isfinite(result).all() else (kept[0], kept[-1])


def slope(x: ArrayLike, y: ArrayLike) -> float:
    """Exponent of y ~ x^slope: least squares in the logarithms; NaN with fewer than two positive points."""
    with np.errstate(divide="ignore", invalid="ignore"):
        x, y = np.log(np.asarray(x, dtype=float)), np.log(np.asarray(y, dtype=float))
    known = np.isfinite(x) & np.isfinite(y)
    if len(np.unique(x[known])) < 2:
        return math.nan
    return float(scipy.stats.linregress(x[known], y[known]).slope)
