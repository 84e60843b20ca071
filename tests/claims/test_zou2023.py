"""The claims of zou2023 on cubes whose verdicts are known."""

from __future__ import annotations

import importlib

import numpy as np
import pytest
from helpers import constant, study_cube

from adamatlas.readings.zou2023 import between, rates
from adamatlas.theory import tensor_power
from adamatlas.theory.conditions import convex


def judge(study, values, seeds=6, **grid):
    module = importlib.import_module(f"adamatlas.claims.{study}")
    cube = study_cube(study, constant(values), seeds, **grid)
    return {claim.id.removeprefix(f"{study}."): claim for claim in module.judge(cube)}


def by_optimizer(adam, gd):
    return lambda run, t: t * 0 + (adam if run["optimizer"] == "adam" else gd)


def test_the_errors_at_the_least_gradient():
    values = {
        "train_error": 0,
        "test_error": lambda run, t: np.where(t < 1, 0.9, 0.0) if run["optimizer"] == "adam" else t * 0,
        "gradient_l1": lambda run, t: np.abs(t - 0.5) + 1e-9,
        "gradient_l2": lambda run, t: 1e-6 + t,
    }
    claims = judge("zou2023.table1", values)
    assert claims["adam_test"].verdict == "refuted"
    assert claims["adam_value"].verdict == "refuted"
    for name, seen in (("adam_wstar", "supported"), ("gd_wstar", "supported"), ("gd_gradient", "supported")):
        assert claims[name].verdict == "outside"
        assert f"where the rule says: {seen}" in claims[name].note, name
    values["gradient_l1"] = lambda run, t: 1e9 - t
    claims = judge("zou2023.table1", values)
    for name in ("adam_wstar", "adam_gradient"):
        assert "where the rule says: refuted" in claims[name].note, name
    assert "at step 100" in claims["adam_wstar"].note


def feature_of_gradient_descent(slower=1.0):
    """z^-1 falls by 3 eta/4 a step, eta = 0.02; a snapshot every 20 steps, six of them."""

    def feature(run, t):
        start = 0.1 + 0.001 * run["seed"]
        steps = 100 * t
        return 1 / np.maximum(1 / start - slower * 0.02 * 0.75 * steps, 0.5)

    return feature


@pytest.mark.parametrize(("slower", "verdict"), [(1.0, "supported"), (0.7, "refuted")])
def test_take_off_of_gradient_descent(slower, verdict, monkeypatch):
    from adamatlas.claims.zou2023 import fig2

    monkeypatch.setattr(fig2, "constant", lambda cube, key, own=None: 1 / 0.11 if key == "m" else own)
    values = {"feature": feature_of_gradient_descent(slower), "noise_min": 0.01, "noise_max": 0.01}
    found = judge("zou2023.fig2", values)["gd_takes_off"]
    assert found.verdict == verdict
    assert found.measured == pytest.approx(1 / slower, rel=0.02)


def test_time_of_gradient_descent_against_its_recursion():
    q, lr, level = 4, 0.02, 0.05
    z, step = 0.02, 0
    course = [z]
    while z < level:
        z, step = z + lr * q / 4 * z ** (q - 1), step + 1
        course.append(z)
    assert tensor_power.reaches(level, 0.02, q, lr) == pytest.approx(step, rel=1e-3)
    shots = np.unique(np.linspace(0, len(course) - 1, 12).astype(int))
    found = tensor_power.crossing(shots, np.array(course)[None, shots, None], level * 0.9, q)
    exact = int(np.argmax(np.array(course) >= level * 0.9))
    assert found[0, 0] == pytest.approx(exact, rel=1e-3)


def test_a_course_that_never_crosses_or_always_did_has_no_time():
    z = np.array([[0.1, 0.2], [0.1, 0.1]]).T[None]
    assert np.isnan(tensor_power.crossing(np.array([0, 10]), z, 0.3, 3)).all()
    assert np.isnan(tensor_power.crossing(np.array([0, 10]), z, 0.05, 3)).all()


CONVEX = {
    "distance": 0.01,
    "solution": by_optimizer(1.0, 0.99),
    "solution_norm": 2,
    "test_error": 0.1,
    "train_error": 0,
}


def test_one_solution_with_decay_and_two_without():
    def solution(run, t):
        sign = -1 if run["optimizer"] == "adam" and run["weight_decay"] == 0 else 1
        return t * 0 + sign

    claims = judge("zou2023.thm42", CONVEX | {"solution": solution})
    assert {claim.verdict for claim in claims.values()} == {"supported"}
    assert {name for name, claim in claims.items() if claim.kind == "extension"} == {"control"}


def test_two_solutions_with_decay_refute_theorem_42():
    values = CONVEX | {"solution": by_optimizer(1.0, 0.0), "test_error": by_optimizer(0.2, 0.1)}
    claims = judge("zou2023.thm42", values | {"train_error": 0.2}, seeds=12)
    for name in ("distance", "test", "train"):
        assert claims[name].verdict == "refuted", name
    np.testing.assert_allclose(
        between(study_cube("zou2023.thm42", constant(values)).isel(weight_decay=[1])), np.sqrt(6) / 2
    )


def test_the_same_direction_without_decay_refutes_the_control():
    assert judge("zou2023.thm42", CONVEX, seeds=12)["control"].verdict == "refuted"


def test_conditions_of_the_convex_theorem():
    at = {"d": 10, "n_train": 15, "weight_decay": 0.1}
    assert [condition.holds for condition in convex(at)] == [True, True]
    assert [condition.holds for condition in convex(at | {"n_train": 20, "weight_decay": 0})] == [
        False,
        False,
    ]


@pytest.mark.parametrize(
    ("power", "said", "free"), [(-1.0, "supported", "refuted"), (0.0, "refuted", "supported")]
)
def test_the_largest_decay_over_n(power, said, free):
    values = {
        "critical_weight_decay": lambda run, t: 0.01 * (run["n_train"] / 50) ** power,
        "critical_scaled": lambda run, t: (run["n_train"] / 50) ** power,
    }
    claims = judge("zou2023.decay", values)
    assert f"where the rule says: {said}" in claims["exponent"].note
    assert claims["exponent"].verdict == "outside"
    assert claims["free_of_n"].verdict == free


AXES = {"lr": [5e-5, 1e-4], "s, sigma_p": [(50, 50**-0.5), (200, 200**-0.5)]}


def growth(flips=False, power=0.5):
    def noise(run, t):
        return 0.01 + run["lr"] * 100 * t * run["s"] ** power

    def feature(run, t):
        return 0.01 + run["lr"] * 100 * (t * (1 - 2 * t) if flips else t)

    return {"noise_max": noise, "noise_min": noise, "feature": feature}


def test_rates_of_growth():
    found = rates(study_cube("zou2023.growth", constant(growth()), axes=AXES), "signsgd")
    np.testing.assert_allclose(found["noise"].sel(s=50), 50**0.5)


@pytest.mark.parametrize(
    ("flips", "power", "rate", "flip"),
    [(False, 0.5, "supported", "refuted"), (True, 0.2, "refuted", "inconclusive")],
)
def test_growth_is_outside_of_the_theory(flips, power, rate, flip):
    claims = judge("zou2023.growth", growth(flips, power), seeds=12, axes=AXES)
    assert {claim.verdict for claim in claims.values()} == {"outside"}
    assert f"where the rule says: {rate}" in claims["noise_rate"].note
    assert (f"where the rule says: {flip}" in claims["flip_signsgd"].note) != flips
    assert any("share no coordinate" in one["needs"] for one in claims["noise_rate"].conditions)
