"""The claims of li2025 on cubes whose verdicts are known."""

from __future__ import annotations

import numpy as np
import pytest
from helpers import constant, study_cube

from adamatlas.claims.li2025 import fig1, fig2a, fig2b, fig3, fig4, floor, ode, ode_diagonal, sde, thm51
from adamatlas.readings.li2025 import first_recovered, learning_rates, least_recovered, steepest, times
from adamatlas.theory.ellipse import Ellipse

TIP, KINK = 0.0, float(np.arctan2(0.4 / 1.0, 1.6 / 2.0))


def verdicts(module, study: str, values: dict, seeds: int = 10, **grid) -> dict[str, str]:
    cube = study_cube(study, constant(values), seeds=seeds, **grid)
    return {claim.id.rpartition(".")[2]: claim.verdict for claim in module.judge(cube)}


@pytest.mark.parametrize(("sgd", "adam", "verdict"), [(TIP, KINK, "supported"), (KINK, TIP, "refuted")])
def test_fig1_where_the_paper_is_right_and_where_it_is_not(sgd, adam, verdict):
    def value(name, run, shape):
        flat = (run["optimizer"] == "sgd") == (verdict == "supported")
        if name == "angle":
            return np.full(shape, sgd if run["optimizer"] == "sgd" else adam)
        level = [1.4, 1.0] if flat else [1.26, 1.6]
        return np.broadcast_to(level if name == "trace_power" else np.nan, shape)

    cube = study_cube("li2025.fig1", value, seeds=10, scale="default")
    found = {claim.id.rpartition(".")[2]: claim for claim in fig1.judge(cube)}
    assert {claim.verdict for claim in found.values()} == {verdict}
    assert {claim.n for claim in found.values()} == {10}


def test_fig1_does_not_take_a_sharp_tip_for_a_flat_one():
    found = verdicts(fig1, "li2025.fig1", {"angle": np.pi / 2, "trace_power": 1.0})
    assert found["sgd_tips"] == "refuted"


SIZES = [50, 60, 70, 80, 100]


def fig2a_cube(table: dict, course: float = 0.0):
    """Late losses over n by (optimizer, lr); the test loss on the way has `course` added."""

    def value(name, run, shape):
        late = table[(run["optimizer"], run["lr"])][SIZES.index(run["n_train"])]
        return np.full(shape, late + (course if name == "test_loss" else 0.0))

    return study_cube("li2025.fig2a", value, 8, shots=9, scale="default")


@pytest.mark.parametrize(
    ("fast_sgd", "earlier", "other"),
    [((4, 3, 3, 1.5, 0.5), "supported", "refuted"), ((4, 0.5, 0.5, 0.3, 0.1), "refuted", "supported")],
)
def test_fig2a_compares_each_optimizer_at_its_best_trial(fast_sgd, earlier, other):
    slow = {("adam", 1e-3): (4, 3, 3, 0.02, 0.01), ("sgd", 1e-3): (4, 3, 3, 1.5, 0.5)}
    table = slow | {("sgd", 3e-3): fast_sgd}
    found = {claim.id.rpartition(".")[2]: claim for claim in fig2a.judge(fig2a_cube(table))}
    assert found["adam_earlier"].verdict == earlier
    assert found["sgd_earlier"].verdict == other
    assert (
        found["same_budget"].verdict == found["plunge"].verdict == found["converged"].verdict == "supported"
    )
    assert found["adam_earlier"].n == 8
    assert "3 trials of Adam, 3 of SGD" in found["adam_earlier"].note


def test_fig2a_tells_runs_that_still_change_and_missing_ones():
    fast = (0.8, 0.7, 0.6, 0.5, 0.3)
    table = {("adam", 1e-3): (0.5,) * 5, ("sgd", 1e-3): fast, ("sgd", 3e-3): fast}
    found = {
        claim.id.rpartition(".")[2]: claim.verdict for claim in fig2a.judge(fig2a_cube(table, course=2.0))
    }
    assert found["converged"] == found["plunge"] == "refuted"
    assert set(verdicts(fig2a, "li2025.fig2a", {}).values()) == {"inconclusive"}


def test_the_least_n_is_that_from_which_on_the_truth_is_recovered():
    sizes = np.array([50, 80, 100])
    loss = np.array([[0.5, 2.0, 0.1], [3.0, 0.1, np.nan], [3.0, 2.0, 2.0], [0.1, np.nan, 0.2]])
    np.testing.assert_array_equal(least_recovered(sizes, loss), [100, 80, np.inf, 50])
    np.testing.assert_allclose(steepest(sizes, 1.0 / sizes[None] ** 3.0), [3.0])


def test_fig2b_is_judged_at_the_first_n_that_adam_recovers():
    assert first_recovered(np.array([[3.0, 0.5, 0.1], [4.0, 0.7, np.nan]])) == 1
    assert first_recovered(np.array([[3.0, 2.0]])) == 1
    assert first_recovered(np.empty((0, 3))) == 2


@pytest.mark.parametrize(
    ("zero", "eighth", "like_adam", "like_sgd"),
    [(1.5, 0.1, "supported", "supported"), (0.5, 3.0, "refuted", "refuted")],
)
def test_fig2b_compares_exponents_where_adam_first_recovers(zero, eighth, like_adam, like_sgd):
    at_80 = {0.0: zero, 0.125: eighth, 0.25: 0.1, 0.5: 0.01}

    def value(name, run, shape):
        slow = run["v_exponent"] == 0.0 and run["lr"] == 1e-3
        return np.full(shape, 3.0 if run["n_train"] == 60 or slow else at_80[run["v_exponent"]])

    found = [claim.verdict for claim in fig2b.judge(study_cube("li2025.fig2b", value, 8, scale="default"))]
    assert found == [like_adam, like_sgd, "supported"]


def test_fig4_judges_each_statement_in_its_worst_cell():
    def value(name, run, shape):
        few = run["n_train"] == 32
        larger = {"trace_h": 2.0, "trace_sqrt_h": 0.5, "test_loss": 1.5 if few else 0.5}
        level = np.full(shape, larger.get(name, 1.0) if run["optimizer"] == "adam" else 1.0)
        return level * np.linspace(1.0, 1.5, shape[0]) if name == "trace_h" else level

    cube = study_cube("li2025.fig4", value, 8, shots=20, scale="default")
    found = {claim.id.rpartition(".")[2]: claim for claim in fig4.judge(cube)}
    assert {name for name, claim in found.items() if claim.verdict == "supported"} == {
        *("trace_h", "trace_sqrt_h", "train_error", "rises", "converged"),
    }
    assert found["test_error"].verdict == "refuted"
    assert found["test_error"].n == 8
    assert found["test_error"].note.startswith("r=2, n=32: 8/8; r=2, n=48: 0/8; ")


def test_fig4_where_the_optimizers_train_and_end_differently():
    def value(name, run, shape):
        adam = run["optimizer"] == "adam"
        course = np.linspace(2.0, 1.0, shape[0]) if shape else 1.0
        return course * (3.0 if adam and name == "train_loss" else 1.0)

    found = {
        c.id.rpartition(".")[2]: c.verdict
        for c in fig4.judge(study_cube("li2025.fig4", value, 8, shots=20, scale="default"))
    }
    assert {found[name] for name in ("train_error", "rises", "converged", "trace_h")} == {"refuted"}


@pytest.mark.parametrize(("module", "study"), [(ode, "li2025.ode"), (ode_diagonal, "li2025.ode_diagonal")])
def test_the_ode_claims_where_only_the_corrected_factor_tracks(module, study):
    def value(name, run, shape):
        return np.array([0.5, run["lr"]]) if name == "ode_gap" else np.full(shape, np.nan)

    cube = study_cube(study, value, 8, scale="default")
    found = {claim.id.rpartition(".")[2]: claim for claim in module.judge(cube)}
    assert {name: claim.verdict for name, claim in found.items()} == {
        "tracks": "supported", "order": "supported", "printed": "refuted",
    }  # fmt: skip
    assert found["order"].measured == pytest.approx(1.0)
    assert all(condition["holds"] for condition in found["tracks"].conditions)


def test_the_ode_claims_where_no_factor_tracks_at_any_rate():
    found = verdicts(ode_diagonal, "li2025.ode_diagonal", {"ode_gap": 0.5})
    assert set(found.values()) == {"refuted"}


def test_the_ode_claims_say_nothing_outside_of_the_two_scheme():
    cube = study_cube("li2025.ode", constant({"ode_gap": 0.5}), 6, scale="default")
    cube["beta2"] = cube["beta2"] * 0.0 + 0.99
    assert {claim.verdict for claim in ode.judge(cube)} == {"outside"}


def test_thm51_is_outside_at_a_kink_and_judged_elsewhere():
    levels = {
        "sgd": Ellipse().smallest(1.0),
        "adame": Ellipse().smallest(0.75),
        "adam": Ellipse().smallest(0.5),
    }

    def value(name, run, shape):
        kink = run["optimizer"] == "adam" and run["eps"] < 0.01
        found = {
            "stationarity": float(kink),
            "smallest_curvature": 0.0 if kink else 0.2,
            "regularizer_level": levels.get(run["optimizer"], 1.0) * 1.01,
        }
        return np.full(shape, found.get(name, np.nan))

    found = {
        c.id.rpartition(".")[2]: c.verdict
        for c in thm51.judge(study_cube("li2025.thm51", value, 6, scale="default"))
    }
    assert found == {
        "adam": "supported", "adam_kink": "outside", "adame": "supported", "adasgd": "supported",
        "minimum": "supported",
    }  # fmt: skip


def test_thm51_where_gradients_stay():
    values = {"stationarity": 0.5, "smallest_curvature": 0.2, "regularizer_level": 9}
    found = verdicts(thm51, "li2025.thm51", values, scale="default")
    assert set(found.values()) == {"refuted"}


@pytest.mark.parametrize(
    ("momentum", "power", "level", "expected"),
    [
        (
            1.0,
            1.0,
            1.0,
            {"order": "supported", "level": "supported", "scaling": "supported", "momentum": "supported"},
        ),
        (
            1.5,
            0.5,
            2.0,
            {"order": "refuted", "level": "refuted", "scaling": "refuted", "momentum": "refuted"},
        ),
    ],
)
def test_the_floor_of_the_loss_and_what_misses_it(momentum, power, level, expected):
    def value(name, run, shape):
        scale = level * (momentum if run["optimizer"] in ("sgdm", "adam") else 1.0)
        one = 1.0 + 0.001 * (-1) ** run["seed"]
        return np.full(shape, run["lr"] ** power * scale * one if name == "excess_loss" else run["lr"])

    found = {
        c.id.rpartition(".")[2]: c.verdict
        for c in floor.judge(study_cube("li2025.floor", value, 6, scale="default"))
    }
    assert found == expected


def even_scores(seeds: int, shift: float, spread: float, seed: int) -> float:
    """One seed's of evenly spread ones, whose mean is `shift` and whose standard deviation is `spread`."""
    scores = np.linspace(-1.0, 1.0, seeds)
    return shift + spread * scores[seed] / scores.std()


@pytest.mark.parametrize(
    ("shift", "spread", "expected"),
    [
        (lambda lr: 2 * lr, 1.0, ("supported", "supported", "supported")),
        (lambda lr: 0.5, 1.0, ("refuted", "inconclusive", "refuted")),
        (lambda lr: 0.0, 1.3, ("supported", "refuted", "refuted")),
    ],
)
def test_the_sde_claims_where_it_holds_and_where_a_moment_is_off(shift, spread, expected):
    seeds = 2000

    def value(name, run, shape):
        score = even_scores(seeds, shift(run["lr"]), spread, run["seed"])
        angle = -0.3 + 0.5 * score
        levels = {"projected_angle": angle, "sde_mean": -0.3, "sde_variance": 0.25, "slow_time": 1.0}
        return np.full(shape, levels[name])

    cube = study_cube("li2025.sde", value, seeds, scale="default")
    found = {claim.id.rpartition(".")[2]: claim for claim in sde.judge(cube)}
    assert all(condition["holds"] for condition in found["mean"].conditions)
    assert (found["mean"].verdict, found["deviation"].verdict, found["order"].verdict) == expected
    assert found["mean"].measured == pytest.approx(shift(0.025), abs=0.011)
    assert found["deviation"].measured == pytest.approx(spread**2 - 1 + shift(0.025) ** 2, abs=0.01)
    assert found["leaves_the_tip"].n == seeds


def test_the_sde_claims_without_runs():
    assert set(verdicts(sde, "li2025.sde", {}).values()) == {"inconclusive"}


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

    cube = study_cube("li2025.fig3", value, seeds=8, shots=len(STEPS))
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
    assert found["apart"] == found["sgd_stays"] == "refuted"
