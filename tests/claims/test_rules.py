import math

import numpy as np
import pytest
from scipy import stats

from adamatlas.claims import rules


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
        (rules.contains(0.5), (0.4, 0.6), "supported"),
        (rules.contains(0.5), (0.6, 0.7), "refuted"),
        (rules.above(0.5), (math.nan, math.nan), "inconclusive"),
    ],
)
def test_verdicts(rule, interval, verdict):
    assert rule.verdict(interval) == verdict


def test_share_is_clopper_pearson():
    found = rules.share(np.array([1, 1, 0, 1, np.nan]))
    assert (found.measured, found.n) == (0.75, 4)
    assert found.interval[0] == pytest.approx(stats.beta.ppf(0.025, 3, 2))
    assert found.interval[1] == pytest.approx(stats.beta.ppf(0.975, 4, 1))


def test_ten_of_ten_decide_and_three_do_not():
    assert rules.above(0.5).verdict(rules.share(np.ones(10)).interval) == "supported"
    assert rules.above(0.5).verdict(rules.share(np.ones(3)).interval) == "inconclusive"


def test_mean_is_student():
    values = np.array([1.0, 2, 4, 5])
    found = rules.mean(values)
    half = stats.t.ppf(0.975, 3) * values.std(ddof=1) / 2
    assert found.interval == pytest.approx((3 - half, 3 + half))


def test_mean_of_equal_values_needs_three():
    assert rules.mean(np.zeros(3)).interval == (0, 0)
    assert math.isnan(rules.mean(np.zeros(2)).interval[0])
    assert math.isnan(rules.mean(np.ones(1)).interval[0])


@pytest.mark.parametrize("values", [[1, 2, 3, 4, 5.0], [0] * 9 + [1.0], [0, 0, 0, 0, 0.5, 1, 1, 1, 1.0]])
def test_median_interval_holds_the_median(values):
    found = rules.median(np.array(values))
    low, high = found.interval
    assert low <= found.measured <= high
    assert rules.median(np.array(values)) == found


def test_median_of_four_has_no_interval():
    assert math.isnan(rules.median(np.arange(4.0)).interval[0])


def test_median_covers():
    random = np.random.default_rng(1)
    hits = [
        low <= 0 <= high for low, high in (rules.median(random.normal(size=15)).interval for _ in range(100))
    ]
    assert np.mean(hits) > 0.85


@pytest.mark.parametrize("estimate", [rules.share, rules.mean, rules.median, rules.largest])
def test_nothing_known_is_inconclusive(estimate):
    for values in (np.array([]), np.full(3, np.nan)):
        found = estimate(values)
        assert found.n == 0
        assert rules.above(0).verdict(found.interval) == "inconclusive"


def test_slope():
    x = np.array([0.1, 1, 10])
    assert rules.slope(x, 3 * x**1.5) == pytest.approx(1.5)
    assert math.isnan(rules.slope(x, [np.nan, np.nan, 1]))
    assert rules.slope(x, [0.1, np.nan, 10]) == pytest.approx(1)
    assert math.isnan(rules.slope(x, [-1, 0, 1]))
