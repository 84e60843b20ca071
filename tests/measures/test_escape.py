import numpy as np
import pytest
from helpers import PATCH_CNN, data_file, trace_file

from adamatlas.measures import escape

STEP = np.arange(0, 101, 10.0)


def history(*rates):
    return 0.01 * (1 + np.outer(STEP, rates))


@pytest.mark.parametrize(
    ("rates", "full", "outcome"),
    [((0.1, 0.2), False, 1), ((0.1, -0.01), False, -1), ((0.1, 0.0), False, 0), ((0.03, 0.03), True, 1)],
)
def test_first_passage(rates, full, outcome):
    assert escape.first_passage(STEP, history(*rates), full)[0] == outcome


def test_what_comes_first_counts():
    z = np.array([[1.0, 1.0], [0.1, 1.0], [50.0, 50.0]]) * 0.01
    assert escape.first_passage(np.array([0.0, 1, 2]), z, False)[0] == -1
    assert escape.first_passage(np.array([0.0, 1, 2]), z[[0, 2, 1]], False)[0] == 1


def test_a_large_start_needs_less_than_ten_times():
    z = 0.2 * (1 + np.outer(STEP, [0.02, 0.02]))
    assert escape.first_passage(STEP, z, False)[0] == 1


def test_the_highest_feature_counts_both_classes_and_all_times():
    z = np.array([[1.0, 2.0], [0.5, 8.0], [0.1, 2.0]])
    assert escape.first_passage(np.array([0.0, 1, 2]), z, False)[3:] == (1.0, 0.1, 4.0)


def test_crossing_lies_between_its_neighbours():
    decay = np.array([1.0, 0.01, 0.1, 0.001])
    outcome = np.array([-1.0, 1, 1, 1])
    even = escape.crossing(decay, outcome, np.array([-1.0, 5, 1, 9]))
    assert even == pytest.approx(np.sqrt(0.1))
    assert 0.1 < escape.crossing(decay, outcome, np.array([-9.0, 5, 1, 9])) < even


@pytest.mark.parametrize("outcome", [[1, 1, 1], [-1, -1, -1], [0, 0, 0]])
def test_no_crossing_without_a_bracket(outcome):
    assert np.isnan(escape.crossing(np.array([1.0, 2, 3]), np.array(outcome, float), np.ones(3)))


def test_critical_weight_decay_by_seed():
    trace = trace_file(lanes={"weight_decay": [0.1, 1.0, 10.0], "seed": [0, 1]}, shots=11)
    speed = {(0.1, 0): 1.0, (1.0, 0): 0.1, (10.0, 0): -0.1, (0.1, 1): 1.0, (1.0, 1): -0.1, (10.0, 1): -1}
    pairs = zip(trace["weight_decay"].values, trace["seed"].values, strict=True)
    rate = np.array([speed[decay, seed] for decay, seed in pairs])
    trace["feature"][:] = 0.01 * (1 + trace["step"].values[None, :, None] * rate[:, None, None])
    found = escape.measure(trace.drop_vars(["w", "m", "v"]), data_file(), {})
    first = found["critical_weight_decay"].values[::2]
    second = found["critical_weight_decay"].values[1::2]
    assert (first > 1.0).all()
    assert (first < 10).all()
    assert (second > 0.1).all()
    assert (second < 1).all()
    star = PATCH_CNN["q"] / 4 * 0.01
    np.testing.assert_allclose(found["critical_scaled"], found["critical_weight_decay"] / star)


def test_diverged_and_dead_starts_do_not_decide():
    trace = trace_file(lanes={"weight_decay": [0.1, 1.0], "seed": [0]})
    trace["feature"][0] = np.nan
    trace["feature"][1, 0] = -1.0
    found = escape.measure(trace, data_file(), {})
    assert (found["outcome"] == 0).all()
    assert found["critical_weight_decay"].isnull().all()


def test_full_batch_has_its_own_thresholds():
    for batch_size, outcome in ((PATCH_CNN["n_train"], 1), (2, 0)):
        trace = trace_file(batch_size=batch_size)
        trace["feature"][:] = 0.1 * np.linspace(1, 4, trace.sizes["snapshot"])[:, None]
        assert (escape.measure(trace, data_file(), {})["outcome"] == outcome).all()
