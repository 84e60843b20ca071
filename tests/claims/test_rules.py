"""Rules, verdicts, and what is said about all verdicts of a paper together."""

import math
from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

from adamatlas.claims import rules
from adamatlas.claims.estimates import mean, share
from adamatlas.theory.conditions import Condition

CUBE = xr.Dataset(attrs={"study": "a.b", "paper": "a", "scale": "smoke"})


def claim(estimate, rule, kind="reported", **more):
    said = {"source": "Sec. 1", "statement": "It is so", "quantity": "x"}
    return rules.claim(CUBE, "c", kind=kind, estimate=estimate, rule=rule, **said, **more)


@pytest.mark.parametrize(
    ("rule", "interval", "verdict"),
    [
        (rules.above(0.5), (0.6, 0.9), "supported"),
        (rules.above(0.5), (0.1, 0.4), "refuted"),
        (rules.above(0.5), (0.1, 0.5), "refuted"),
        (rules.above(0.5), (0.5, 0.9), "inconclusive"),
        (rules.below(0.5), (0.1, 0.4), "supported"),
        (rules.below(0.5), (0.5, 0.9), "refuted"),
        (rules.below(0.5), (0.4, 0.6), "inconclusive"),
        (rules.within(0, 1), (0, 1), "supported"),
        (rules.within(0, 1), (1.1, 2), "refuted"),
        (rules.within(0, 1), (0.5, 2), "inconclusive"),
        (rules.contains(0.5, 0.3), (0.4, 0.6), "supported"),
        (rules.contains(0.5, 0.1), (0.4, 0.6), "inconclusive"),
        (rules.contains(0.5, 0.3), (0.6, 0.7), "refuted"),
        (rules.above(0.5), (math.nan, math.nan), "inconclusive"),
    ],
)
def test_verdicts(rule, interval, verdict):
    assert rule.verdict(interval) == verdict


@pytest.mark.parametrize("n", range(1, 12))
def test_unanimity_of_six_is_the_least_that_decides(n):
    verdict = claim(share(np.ones(n)), rules.above(0.5)).verdict
    assert verdict == ("supported" if n >= 6 else "inconclusive")


def test_a_theorem_is_not_judged_outside_of_its_conditions():
    met, unmet = Condition("m >= 1", "m = 20", True), Condition("s < 1", "s = 100", False)
    seen = claim(share(np.zeros(10)), rules.above(0.5), kind="theory", conditions=[met, unmet])
    assert seen.verdict == "outside"
    assert seen.note == "Outside of s < 1, where the rule says: refuted."
    assert seen.conditions[1] == {"needs": "s < 1", "value": "s = 100", "holds": False}
    assert claim(share(np.zeros(10)), rules.above(0.5), kind="theory", conditions=[met]).verdict == "refuted"
    assert claim(share(np.zeros(10)), rules.above(0.5), conditions=[unmet]).verdict == "refuted"


def test_an_interval_of_zero_width_is_none():
    found = claim(mean(np.zeros(10)), rules.below(0.01))
    assert (found.interval, found.verdict, found.n) == (None, "supported", 10)


@pytest.mark.parametrize(("n", "p"), [(6, 2 * 0.5**6), (10, 2 * 0.5**10)])
def test_p_of_a_unanimous_share_is_that_of_the_sign_test(n, p):
    assert claim(share(np.ones(n)), rules.above(0.5)).p == pytest.approx(p, rel=5e-3)


def test_p_of_a_mean_is_that_of_the_t_test():
    from scipy import stats

    values = np.array([0.1, 0.3, 0.2, 0.5, 0.4, 0.1])
    expected = stats.ttest_1samp(values, 0).pvalue
    assert claim(mean(values), rules.above(0.0)).p == pytest.approx(expected, rel=5e-3)
    assert claim(mean(values[:3]), rules.above(0.0)).p is None


def test_how_many_seeds_would_decide():
    assert claim(share(np.ones(4)), rules.above(0.5)).seeds_needed == 6
    assert claim(share(np.ones(6)), rules.above(0.5)).seeds_needed is None
    assert claim(share(np.array([1, 0])), rules.above(0.5)).seeds_needed is None
    wide = claim(mean(np.array([0.0, 1, 0, 1, 1, 0.5])), rules.above(0.4)).seeds_needed
    assert 20 < wide < 80


def test_sides_of_a_claim():
    assert claim(share(np.ones(6)), rules.above(0.5)).bound == "one-sided"
    assert claim(share(np.ones(6)), rules.within(0, 1)).bound == "two-sided"
    assert claim(share(np.ones(6)), rules.above(0.5), bound="sufficient").bound == "sufficient"


def test_holm_keeps_the_smallest_until_one_fails():
    one = claim(share(np.ones(6)), rules.above(0.5))

    def made(name, p, kind="reported", verdict="supported"):
        return replace(one, id=name, p=p, kind=kind, verdict=verdict)

    claims = [
        made("d", 0.03),
        made("a", 0.001),
        made("b", 0.012),
        made("c", 0.026),
        made("ours", 1e-9, "extension"),
        made("open", 0.2, verdict="inconclusive"),
        made("out", 1e-9, "theory", "outside"),
    ]
    assert [one.id for one in rules.holm(claims) if one.survives] == ["a", "b"]
    assert [one.id for one in rules.holm(claims)] == [one.id for one in claims]
    assert rules.holm([]) == []
