"""Estimates over seeds: their intervals against closed forms and simulations, and what has none."""

import math

import numpy as np
import pytest
from scipy import stats

from adamatlas.claims import estimates


def test_share_is_clopper_pearson():
    found = estimates.share(np.array([1, 1, 0, 1, np.nan]))
    assert (found.measured, found.n) == (0.75, 4)
    assert found.interval[0] == pytest.approx(stats.beta.ppf(0.025, 3, 2))
    assert found.interval[1] == pytest.approx(stats.beta.ppf(0.975, 4, 1))


def test_the_runs_of_one_seed_count_once():
    happened = np.array([[1, 1], [1, 0], [1, np.nan]])
    assert estimates.share(happened).values.tolist() == [1, 0]
    assert estimates.mean(np.array([[1.0, 3], [2, 2], [4, np.nan]])).values.tolist() == [2, 2]


def test_every_is_judged_by_the_worst_cell():
    happened = np.ones((10, 3))
    happened[:4, 1] = 0
    found = estimates.every(happened)
    worst = stats.binomtest(6, 10)
    assert (found.measured, found.n) == (0.6, 10)
    assert found.interval[0] == pytest.approx(worst.proportion_ci(0.95).low)
    assert found.interval[1] == pytest.approx(worst.proportion_ci(1 - 0.05 / 3).high)


def test_every_knows_how_many_seeds_each_cell_has():
    happened = np.array([[1, 1], [1, 1], [1, np.nan], [1, np.nan], [1, np.nan], [1, np.nan]])
    found = estimates.every(happened)
    assert found.measured == 1
    assert found.interval[0] == pytest.approx(stats.binomtest(2, 2).proportion_ci(0.95).low)
    assert estimates.every(np.full((4, 2), np.nan)).n == 0


def test_mean_is_student():
    values = np.array([1.0, 2, 4, 5, 3])
    found = estimates.mean(values)
    half = stats.t.ppf(0.975, 4) * values.std(ddof=1) / math.sqrt(5)
    assert found.interval == pytest.approx((3 - half, 3 + half))
    assert math.isnan(estimates.mean(values[:4]).interval[0])


def test_equal_values_decide_from_six_on():
    assert estimates.mean(np.zeros(6)).interval == (0, 0)
    assert math.isnan(estimates.mean(np.zeros(5)).interval[0])
    assert math.isnan(estimates.mean(np.zeros(6)).at(0.99)[0])


@pytest.mark.parametrize("n", [6, 9, 10, 25])
def test_the_median_lies_between_order_statistics_at_least_that_often(n):
    ordered = np.arange(1.0, n + 1)
    low, high = estimates.median(ordered).interval
    assert low + high == n + 1
    outside = 2 * stats.binom.cdf(low - 1, n, 0.5)
    assert outside <= 0.05 < 2 * stats.binom.cdf(low, n, 0.5)
    assert math.isnan(estimates.median(ordered[:5]).interval[0])


@pytest.mark.parametrize("n", [5, 10])
def test_one_more_value_lies_in_the_prediction_interval(n):
    rng = np.random.default_rng(0)
    draws = rng.normal(3, 2, (4000, n + 1))
    inside = [
        low <= row[-1] <= high for row in draws for low, high in [estimates.prediction(row[:-1]).interval]
    ]
    assert np.mean(inside) == pytest.approx(0.95, abs=0.012)


def test_the_largest_of_all_values_is_what_it_is():
    found = estimates.largest(np.array([[1.0, 3], [np.nan, 2]]))
    assert (found.measured, found.interval, found.n) == (3, (3, 3), 3)


@pytest.mark.parametrize("kind", ["share", "every", "mean", "median", "prediction", "largest"])
def test_without_a_value_there_is_no_interval(kind):
    found = getattr(estimates, kind)(np.array([np.nan, np.nan]))
    assert found.n == 0
    assert np.isnan([found.measured, *found.interval]).all()


def test_slope():
    x = np.array([1.0, 2, 4])
    assert estimates.slope(x, 3 * x**-1.5) == pytest.approx(-1.5)
    assert math.isnan(estimates.slope(x[:1], x[:1]))
    assert math.isnan(estimates.slope(x, [-1, 0, 1]))
