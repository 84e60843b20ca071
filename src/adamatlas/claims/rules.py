"""From an estimate to a verdict: what its interval must do, and what a claim says about a paper.

A claim is `supported` if the whole 95 % interval satisfies its rule, `refuted` if all of it violates the
rule, and `inconclusive` otherwise. A theorem is judged where its conditions hold: elsewhere it is `outside`.
"""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

import xarray as xr

from adamatlas.claims import ABOUT_PAPERS
from adamatlas.claims.estimates import CONFIDENCE, Estimate, Interval
from adamatlas.theory.conditions import Condition

MOST_SEEDS = 1000

Kind = Literal["reported", "theory", "extension", "check"]
Bound = Literal["one-sided", "two-sided", "sufficient", "necessary"]


@dataclass(frozen=True)
class Rule:
    """What an interval must do: `above` or `below` a bound, `within` a range, or `contain` a value."""

    kind: str
    low: float
    high: float = math.nan

    def __str__(self) -> str:
        if self.kind == "contain":
            return f"contains {self.low:g} and is narrower than {self.high:g}"
        bounds = {"within": f"[{self.low:g}, {self.high:g}]"}.get(self.kind, f"{self.low:g}")
        return f"lies {self.kind} {bounds}"

    @property
    def bound(self) -> Bound:
        """Whether it can fail on one side or on both."""
        return "one-sided" if self.kind in ("above", "below") else "two-sided"

    def verdict(self, interval: Interval) -> str:
        """`supported`, `refuted` or `inconclusive`."""
        low, high = interval
        if not (math.isfinite(low) and math.isfinite(high)):
            return "inconclusive"
        inside = low <= self.low <= high
        yes, no = {
            "above": (low > self.low, high <= self.low),
            "below": (high < self.low, low >= self.low),
            "within": (low >= self.low and high <= self.high, high < self.low or low > self.high),
            "contain": (inside and high - low < self.high, not inside),
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


def contains(value: float, narrower_than: float) -> Rule:
    """The interval contains `value`, refuted if it does not; a wide interval that does says nothing."""
    return Rule("contain", value, narrower_than)


@dataclass(frozen=True)
class Claim:
    """One judged claim, in the order of its keys in claims.json."""

    id: str
    paper: str
    kind: Kind
    source: str
    statement: str
    bound: Bound
    quantity: str
    criterion: str
    measured: float | None
    interval: list[float] | None
    n: int
    p: float | None
    """The smallest error probability at which the seeds still decide as they do."""
    verdict: str
    survives: bool
    """Whether the verdict stands among all of its paper's (Holm, 5 %)."""
    seeds_needed: int | None
    """How many seeds like these would decide an inconclusive claim; None if 1000 would not."""
    conditions: list[dict[str, Any]]
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
    kind: Kind,
    source: str,
    statement: str,
    quantity: str,
    estimate: Estimate,
    rule: Rule,
    bound: Bound | None = None,
    conditions: Sequence[Condition] = (),
    paper_value: float | str | None = None,
    note: str = "",
    group: str = "",
) -> Claim:
    """Judge one claim: its criterion follows from the estimate and the rule.

    Its id is `<study>.<name>`, or `<group>.<name>` in a claim group that is not called as its study. `bound`
    is the rule's own side unless the statement is of a `sufficient` or a `necessary` condition.
    """
    study = cube.attrs["study"]
    low, high = estimate.interval
    seen = rule.verdict((low, high))
    unmet = [condition.needs for condition in conditions if not condition.holds]
    if kind == "theory" and unmet:
        note = f"Outside of {'; '.join(unmet)}, where the rule says: {seen}. {note}".strip()
    return Claim(
        id=f"{group or study}.{name}",
        paper=cube.attrs["paper"],
        kind=kind,
        source=source,
        statement=statement,
        bound=bound or rule.bound,
        quantity=quantity,
        criterion=f"{estimate.method}, {rule}",
        measured=_finite(estimate.measured),
        interval=[low, high] if math.isfinite(high - low) and high > low else None,
        n=estimate.n,
        p=error_probability(estimate, rule),
        verdict="outside" if kind == "theory" and unmet else seen,
        survives=False,
        seeds_needed=seeds_needed(estimate, rule),
        conditions=[asdict(condition) for condition in conditions],
        scale=cube.attrs["scale"],
        paper_value=paper_value,
        cube=f"cubes/{study}.nc",
        note=note,
    )


def error_probability(estimate: Estimate, rule: Rule) -> float | None:
    """The smallest alpha for which the interval at confidence 1 - alpha decides; None if none does."""

    def decides(exponent: float) -> bool:
        return rule.verdict(estimate.at(1 - 10**exponent)) != "inconclusive"

    least, most = -12.0, math.log10(1 - 1e-6)
    if not decides(most):
        return None
    if decides(least):
        return 0.0
    while most - least > 1e-3:
        middle = (least + most) / 2
        least, most = (least, middle) if decides(middle) else (middle, most)
    return float(f"{10**most:.3g}")


def seeds_needed(estimate: Estimate, rule: Rule) -> int | None:
    """About how many seeds like those that are there would decide an inconclusive claim (in steps of 5 %)."""
    if not estimate.n or rule.verdict(estimate.interval) != "inconclusive":
        return None
    n = estimate.n
    while n <= MOST_SEEDS:
        n += max(1, n // 20)
        if rule.verdict(estimate.repeated(n).interval) != "inconclusive":
            return n
    return None


def holm(claims: Sequence[Claim], level: float = 1 - CONFIDENCE) -> list[Claim]:
    """The claims of a paper, of which those about it `survive` that Holm's method keeps at `level`.

    All decided claims of the kinds `reported` and `theory` are one family: sorted by p, the k-th of m stands
    while p <= level / (m - k + 1).
    """
    decided = ("supported", "refuted")
    family = [
        one for one in claims if one.kind in ABOUT_PAPERS and one.verdict in decided and one.p is not None
    ]
    kept = set()
    for rank, one in enumerate(sorted(family, key=lambda one: one.p)):
        if one.p > level / (len(family) - rank):
            break
        kept.add(one.id)
    return [replace(one, survives=one.id in kept) for one in claims]


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
