"""The claims of li2025 on cubes whose verdicts are known."""

from __future__ import annotations

import numpy as np
import pytest
from helpers import constant, study_cube

from adamatlas.claims.li2025 import fig1, fig2a

TIP, KINK = 0.0, float(np.arctan2(0.4 / 1.0, 1.6 / 2.0))


def verdicts(module, study: str, values: dict, seeds: int = 10) -> dict[str, str]:
    cube = study_cube(study, constant(values), seeds=seeds)
    return {claim.id.rpartition(".")[2]: claim.verdict for claim in module.judge(cube)}


def test_fig1_where_the_paper_is_right():
    def angle(run, share):
        return TIP if run["optimizer"] == "sgd" else KINK

    def trace(run, share):
        return np.array([1.4, 1.0]) if run["optimizer"] == "sgd" else np.array([1.26, 1.6])

    value = constant({"angle": angle})

    def both(name, run, shape):
        return np.broadcast_to(trace(run, None), shape) if name == "trace_power" else value(name, run, shape)

    cube = study_cube("li2025.fig1", both, seeds=10)
    assert {claim.verdict for claim in fig1.judge(cube)} == {"supported"}


def test_fig1_where_both_end_at_a_tip():
    found = verdicts(fig1, "li2025.fig1", {"angle": TIP, "trace_power": 1.0})
    assert found["sgd_tips"] == "supported"
    assert found["adam_axis"] == found["adam_kink"] == "refuted"
    assert found["trace_h"] == "refuted"


def loss(run: dict, table: dict) -> float:
    key = (run["optimizer"], run["lr"], run["steps"])
    return table[key][{50: 0, 80: 1, 100: 2}[run["n_train"]]]


ADAM = {("adam", lr, steps): (3.0, 0.02, 0.01) for lr in (1e-3, 3e-3) for steps in (100, 400)}


@pytest.mark.parametrize(("larger", "verdict"), [(0.02, "supported"), (1.5, "refuted")])
def test_fig2a_with_and_without_the_gap_closing(larger, verdict):
    table = ADAM | {("sgd", lr, steps): (3.0, larger, 0.02) for lr in (1e-3, 3e-3) for steps in (100, 400)}
    table[("sgd", 1e-3, 100)] = (3.0, 1.5, 0.5)
    found = verdicts(
        fig2a, "li2025.fig2a", {"late_loss": lambda run, share: loss(run, table), "burst_share": 0.0}
    )
    assert found["adam_plunges"] == found["sgd_gradual"] == found["adam_ahead"] == "supported"
    assert found["longer_sgd"] == found["faster_sgd"] == verdict


def test_fig2a_is_judged_at_the_first_n_that_adam_recovers():
    assert fig2a.first_recovered(np.array([[3.0, 0.5, 0.1], [4.0, 0.7, np.nan]])) == 1
    assert fig2a.first_recovered(np.array([[3.0, 2.0]])) == 1
    assert fig2a.first_recovered(np.empty((0, 3))) == 2


def test_fig2a_without_runs_is_inconclusive():
    found = verdicts(fig2a, "li2025.fig2a", {})
    assert set(found.values()) == {"inconclusive"}
