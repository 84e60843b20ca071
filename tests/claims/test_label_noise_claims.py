"""The claims of li2025 on cubes whose verdicts are known."""

from __future__ import annotations

import numpy as np
import pytest
from helpers import constant, study_cube

from adamatlas.claims.li2025 import fig1, fig2a, fig2b, fig3, fig4, ode, ode_diagonal, thm51
from adamatlas.readings.li2025 import first_recovered, learning_rates, times

TIP, KINK = 0.0, float(np.arctan2(0.4 / 1.0, 1.6 / 2.0))


def verdicts(module, study: str, values: dict, seeds: int = 10, **grid) -> dict[str, str]:
    cube = study_cube(study, constant(values), seeds=seeds, **grid)
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
    values = {"late_loss": lambda run, share: loss(run, table), "burst_share": 0.0}
    axes = {"n_train": [50, 80, 100], "lr": [1e-3, 3e-3], "steps": [100, 400]}
    found = verdicts(fig2a, "li2025.fig2a", values, axes=axes)
    assert found["adam_plunges"] == found["sgd_gradual"] == found["adam_ahead"] == "supported"
    assert found["longer_sgd"] == found["faster_sgd"] == verdict


def test_fig2a_is_judged_at_the_first_n_that_adam_recovers():
    assert first_recovered(np.array([[3.0, 0.5, 0.1], [4.0, 0.7, np.nan]])) == 1
    assert first_recovered(np.array([[3.0, 2.0]])) == 1
    assert first_recovered(np.empty((0, 3))) == 2


def test_fig2a_without_runs_is_inconclusive():
    found = verdicts(fig2a, "li2025.fig2a", {})
    assert set(found.values()) == {"inconclusive"}


def test_fig4_judges_its_statements_apart():
    def value(name, run, shape):
        larger = {"trace_h": 2.0, "trace_sqrt_h": 0.5, "test_loss": 1.0 + 1e-3 * (-1) ** run["seed"]}
        return np.full(shape, larger.get(name, 1.0) if run["optimizer"] == "adam" else 1.0)

    cube = study_cube("li2025.fig4", value, 8, axes={"rank": [2, 4], "n_train": [28, 36]})
    claims = {claim.id.rpartition(".")[2]: claim for claim in fig4.judge(cube)}
    assert claims["trace_h"].verdict == claims["trace_sqrt_h"].verdict == "supported"
    assert claims["test_error"].verdict == "inconclusive"
    assert claims["test_error"].n == 32
    assert claims["test_error"].note.startswith("r=2, n=28: 4/8; ")


@pytest.mark.parametrize(("module", "study"), [(ode, "li2025.ode"), (ode_diagonal, "li2025.ode_diagonal")])
def test_the_ode_claims_where_only_the_corrected_factor_tracks(module, study):
    def value(name, run, shape):
        return np.array([0.5, run["lr"]]) if name == "ode_gap" else np.full(shape, np.nan)

    cube = study_cube(study, value, 8)
    found = {claim.id.rpartition(".")[2]: claim for claim in module.judge(cube)}
    assert {found[name].verdict for name in ("sgd_tracks", "adam_tracks", "sgd_order", "adam_order")} == {
        "supported"
    }
    assert found["sgd_order"].measured == pytest.approx(1.0)
    assert found["sgd_printed"].verdict == "refuted"


def test_the_ode_claims_where_no_factor_tracks_at_any_rate():
    found = verdicts(ode_diagonal, "li2025.ode_diagonal", {"ode_gap": 0.5})
    assert set(found.values()) == {"refuted"}


@pytest.mark.parametrize(
    ("zero", "quarter", "verdicts_"),
    [(1.5, 0.1, ("supported",) * 3), (0.5, 3.0, ("refuted", "refuted", "supported"))],
)
def test_fig2b_compares_exponents_where_adam_first_recovers(zero, quarter, verdicts_):
    at_80 = {0.0: zero, 0.25: quarter, 0.5: 0.01, 0.75: 0.02}

    def value(name, run, shape):
        return np.full(shape, 3.0 if run["n_train"] == 60 else at_80[run["v_exponent"]])

    axes = {"n_train": [60, 80], "v_exponent": list(at_80)}
    found = [claim.verdict for claim in fig2b.judge(study_cube("li2025.fig2b", value, 8, axes=axes))]
    assert tuple(found) == verdicts_


def test_thm51_tells_a_kink_from_a_stationary_point():
    level = {"sgd": 1.0, "adam": float(np.sqrt(1.6)) * 1.01}

    def value(name, run, shape):
        found = {
            "stationarity": float(run["optimizer"] == "adam"),
            "regularizer_level": level[run["optimizer"]],
        }
        return np.full(shape, found.get(name, np.nan))

    found = [claim.verdict for claim in thm51.judge(study_cube("li2025.thm51", value, 5))]
    assert found == ["supported", "supported", "refuted", "supported"]


STEPS = np.array([0, *np.geomspace(1, 1e7, 599)])


def two_scales(drift: float, still: float = 0.0):
    """Runs that are e times nearer the ellipse every 2 / lr steps, and along it every 1 / (drift lr^2)."""

    def value(name, run, shape):
        arrived = np.exp(-STEPS * run["lr"] / 2)
        rate = drift * run["lr"] ** 2 if run["label_noise_scale"] else 0.0
        angle = (
            0.3 * (1 - arrived) + np.exp(-rate * STEPS) + (0 if run["label_noise_scale"] else still * STEPS)
        )
        return {"excess": -0.75 * arrived, "angle": angle}.get(name, np.full(shape, np.nan))

    cube = study_cube("li2025.fig3", value, seeds=5, shots=len(STEPS))
    cube["step"] = (cube["step"].dims, np.broadcast_to(STEPS, cube["step"].shape))
    return cube


def test_fig3_tells_two_time_scales_from_one():
    cube = two_scales(drift=0.3)
    found = {claim.id.rpartition(".")[2]: claim for claim in fig3.judge(cube)}
    assert {claim.verdict for claim in found.values()} == {"supported"}
    assert found["sgd_arrival"].measured == pytest.approx(-1.0, abs=0.05)
    assert found["sgd_drift"].measured == pytest.approx(-2.0, abs=0.05)
    arrival, drift = times(cube, "sgd")
    lr = learning_rates(cube, "sgd")
    np.testing.assert_allclose(arrival[:, 0], np.log(10) * 2 / lr, rtol=0.02)
    np.testing.assert_allclose(drift[:, 0], np.log(10) / 0.3 / lr**2, rtol=0.05)


def test_fig3_where_noise_makes_no_difference():
    cube = two_scales(drift=40.0, still=-1e-5)
    found = {claim.id.rpartition(".")[2]: claim.verdict for claim in fig3.judge(cube)}
    assert found["sgd_apart"] == found["adam_apart"] == found["sgd_stays"] == "refuted"
