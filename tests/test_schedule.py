"""Snapshot steps."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adamatlas.schedule import SPACINGS, snapshot_steps


@given(st.integers(1, 10**6), st.integers(2, 50), st.sampled_from(("mixed", "log", "linear")))
def test_steps_increase_from_the_start_to_the_end_and_are_not_too_many(steps, count, spacing):
    chosen = snapshot_steps(steps, count, spacing)
    assert chosen[0] == 0
    assert chosen[-1] == steps
    assert chosen == sorted(set(chosen))
    assert len(chosen) <= count
    assert all(type(step) is int for step in chosen)


def test_linear_has_equal_distances():
    assert snapshot_steps(10, 6, "linear") == [0, 2, 4, 6, 8, 10]


def test_log_has_equal_ratios():
    assert snapshot_steps(1000, 5, "log") == [0, 1, 10, 100, 1000]


def test_mixed_is_half_log_spaced_early_and_half_linear():
    assert snapshot_steps(1000, 8, "mixed") == [0, 1, 6, 40, 250, 500, 750, 1000]


def test_long_runs_use_every_snapshot():
    assert len(snapshot_steps(10**6, 40, "mixed")) == 40


def test_last_is_the_end_alone():
    assert snapshot_steps(1000, 40, "last") == [1000]


def test_a_short_run_has_each_step_once():
    assert snapshot_steps(3, 40, "mixed") == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("steps", "count", "spacing", "says"),
    [
        (10, 4, "cubic", "cubic"),
        (0, 4, "log", "steps=0"),
        (10, 1, "linear", "count=1"),
    ],
)
def test_nonsense_is_refused(steps, count, spacing, says):
    with pytest.raises(ValueError, match=says):
        snapshot_steps(steps, count, spacing)


def test_every_spacing_is_known():
    assert all(snapshot_steps(100, 5, spacing)[-1] == 100 for spacing in SPACINGS)
