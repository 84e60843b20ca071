"""The claims of meng2023's theorems, and their times and bounds by independent computation."""

import numpy as np
import pytest
from helpers import constant, gather_spec, study_cube

from adamatlas.claims.meng2023 import prop_e1, switch_off, theory
from adamatlas.problems.patch_cnn.decomposition import CORRECTED, step
from adamatlas.readings.meng2023 import PEGR
from adamatlas.theory import conditions
from adamatlas.theory import signal_noise as times

AT = {"d": 40_000, "n_train": 20, "m": 10, "sigma_p": 1.0, "sigma_0": 2.5e-5, "lr": 1e-3}
HOLDS = {
    "gamma_reached": 0.1, "gamma_max": 0.2, "gamma_min": 0.0, "rho_reached": 0.05, "rho_max": 0.0,
    "rho_min": -0.01, "rho_own_min": 0.0, "slope_deviation": 0.01, "gradient_norm": 0.01, "train_loss": 0.01,
}  # fmt: skip


def theorem_cube(values, settings=AT, seeds=6):
    axes = [{"regularizer": PEGR}, {"regularizer": "none"}]
    spec = gather_spec("meng2023.theory", axes, seeds=seeds)
    offs = [95_893, 191_785]
    spec["cells"] = [
        {**cell, "lane_axes": {"reg_lambda": [strength], "reg_off_epoch": off}}
        for cell, strength, off in zip(spec["cells"], (0.005, 0.0), (offs, offs[1:]), strict=True)
    ]
    spec["dims"] = ["reg_lambda", "reg_off_epoch", "regularizer"]
    spec["config"] = {"lanes": ["reg_lambda", "reg_off_epoch"], "settings": {**settings}, "optimizer": {}}
    cube = study_cube("meng2023.theory", constant(values), spec=spec)
    return cube.assign_coords({name: cube[name] * (191_785 / 40) for name in ("epoch", "step")})


def judge(values, settings=AT):
    found = {
        claim.id.rpartition(".")[2]: claim for claim in theory.judge(theorem_cube(HOLDS | values, settings))
    }
    assert {claim.kind for claim in found.values()} == {"theory"}
    return found


def verdicts(values):
    return {name: claim.verdict for name, claim in judge(values).items()}


def error(run, t):
    return t * 0 + (0.0 if run["reg_lambda"] > 0 else 0.5)


def test_what_the_theorems_say_is_supported_where_their_conditions_hold():
    assert set(verdicts({"test_error": error}).values()) == {"supported"}


def test_outside_of_the_conditions_nothing_is_refuted():
    found = judge({"test_error": 0.3, "train_loss": 1.0}, AT | {"d": 400})
    assert {claim.verdict for claim in found.values()} == {"outside"}
    assert "the rule says: refuted" in found["thm32_printed"].note
    assert any(not one["holds"] for one in found["thm33_test"].conditions)


@pytest.mark.parametrize(
    ("values", "refuted"),
    [
        ({"test_error": 0.3}, {"thm32_printed", "thm32_corrected", "thm33_test"}),
        ({"test_error": error, "gradient_norm": 1.0}, {"thm32_loss", "thm33_loss"}),
        ({"test_error": error, "gamma_reached": 0.05}, {"prop56_signal_printed", "prop56_signal_corrected"}),
        ({"test_error": error, "rho_min": -0.2}, {"prop56_bounds"}),
        ({"test_error": error, "rho_max": 0.01}, {"prop56_bounds"}),
        ({"test_error": error, "gamma_max": 99.0}, {"prop56_bounds", "prop54_bounds"}),
        ({"test_error": error, "rho_own_min": -0.01}, {"prop54_positive_pegr", "prop54_positive_standard"}),
        ({"test_error": error, "train_loss": 1e-9, "gradient_norm": 0.01}, {"lemma55"}),
    ],
)
def test_each_statement_is_refuted_by_what_contradicts_it(values, refuted):
    found = verdicts(values)
    assert {name for name, verdict in found.items() if verdict == "refuted"} == refuted


def test_few_seeds_decide_nothing():
    cube = theorem_cube(HOLDS | {"test_error": error}, seeds=5)
    found = {claim.id.rpartition(".")[2]: claim.verdict for claim in theory.judge(cube)}
    assert found["prop56_bounds"] == found["lemma55"] == "inconclusive"


def test_the_signal_at_t1_is_that_of_the_switch_off():
    values = {"test_error": error, "gamma_reached": lambda run, t: 0.11 * (t >= 0.5)}
    found = verdicts(values)
    assert found["prop56_signal_printed"] == "refuted", "T1 is after 2/5 of the run of the cube"
    assert found["prop56_signal_corrected"] == "supported"


def test_proposition_e1():
    spec = gather_spec("meng2023.prop_e1", [{"regularizer": "none"}], seeds=6)
    spec["config"] = {"settings": AT | {"lr": 1e-4}}

    def verdict(**values):
        inside = {"rho_reached": 0.05, "rho_max": 0.1, "gamma_max": 1e-6}
        return prop_e1.judge(study_cube("meng2023.prop_e1", constant(inside | values), spec=spec))[0].verdict

    assert verdict() == "supported"
    assert verdict(rho_reached=0.004) == verdict(rho_max=0.7) == verdict(gamma_max=1e-3) == "refuted"


OFF = list(range(500, 14_501, 100))
SWITCH = gather_spec(
    "meng2023.switch_off",
    [{"sigma_p": sigma_p, "sigma_0": sigma_0} for sigma_p in (1.0, 1.5) for sigma_0 in (1e-2, 1e-4, 1e-6)],
    {"reg_off_epoch": OFF},
    seeds=6,
)


@pytest.mark.parametrize(
    ("share", "expected"),
    [
        (0.5, {"printed": "outside", "corrected": "outside", "slope": "supported"}),
        (1.0, {"printed": "outside", "corrected": "outside", "slope": "refuted"}),
    ],
)
def test_the_earliest_switch_off(share, expected):
    settings = AT | {"d": 400, "lr": 0.02}
    spec = SWITCH | {"config": {"lanes": ["reg_off_epoch"], "settings": settings}}

    def works(run, t):
        own = share / (run["sigma_p"] if share < 1 else 1)
        return t * 0 + (run["reg_off_epoch"] > 1000 * own * -np.log(run["sigma_0"]))

    cube = study_cube("meng2023.switch_off", constant({"test_accuracy": works}), spec=spec)
    found = {claim.id.rpartition(".")[2]: claim for claim in switch_off.judge(cube)}
    assert {name: claim.verdict for name, claim in found.items()} == expected
    assert "the rule says: refuted" in found["printed"].note
    seen = "supported" if share < 1 else "refuted"
    assert f"the rule says: {seen}" in found["corrected"].note
    assert found["slope"].measured == pytest.approx(1 if share < 1 else 2.5, rel=0.03)


def test_the_times_of_the_propositions_follow_from_the_recursion():
    """Linear growth from the bounds at the start reaches what the propositions say, in that time."""
    small = AT | {"lr": 1e-5}
    rate = 1 + small["lr"] / (2 * small["m"])
    grown = small["sigma_0"] / 2 * rate ** times.signal_time(small, corrected=True)
    assert grown >= times.signal_reached(small) * 4 / 3 * 0.49
    printed = small["sigma_0"] / 2 * rate ** times.signal_time(small)
    assert printed < times.signal_reached(small) / 10
    grown = times.largest_signal(small) * small["sigma_0"] * rate ** times.signal_time(small, corrected=True)
    assert grown == pytest.approx(4 / np.log(20), rel=1e-4)
    rate = 1 + small["lr"] * small["d"] / (small["n_train"] * small["m"])
    grown = times.largest_noise(small) * rate ** times.noise_time(small)
    assert grown == pytest.approx(0.8 / np.log(20), rel=0.01)


def first_rho(at):
    """rho after one step under PEGR on orthogonal noise patches of equal norm (n, 2m), beside the labels."""
    n, m, square = at["n_train"], at["m"], at["sigma_p"] ** 2 * at["d"]
    products = at["sigma_0"] * np.random.default_rng(0).normal(size=(n + 1, 2 * m))
    products[1:] *= np.sqrt(square)
    y, j, move = np.tile([-1.0, 1.0], n // 2), np.repeat([-1.0, 1.0], m), np.empty((n + 1, 2 * m))
    squares = np.array([1.0, *[square] * n])
    step(products, y, squares, j, at["lr"], 1 / m, square**-0.5, CORRECTED, move)
    return move[1:], j == y[:, None]


def test_what_the_proof_of_proposition_5_6_needs_beside_condition_3_1():
    """Noise shrinks at the study's setting; where lambda |xi|^2 < m it grows; at the largest rate of
    Condition 3.1 one step breaks the bound."""
    rho, _ = first_rho(AT)
    assert rho.max() <= 0
    assert rho.min() > -4 * times.largest_noise(AT)
    weak = AT | {"sigma_p": 0.025, "sigma_0": 1e-3}
    assert all(one.holds for one in conditions.signal_noise(weak))
    rho, own = first_rho(weak)
    assert rho[own].max() > 0
    fast = AT | {"lr": 5e-3}
    assert all(one.holds for one in conditions.signal_noise(fast))
    rho, _ = first_rho(fast)
    assert rho.min() < -4 * times.largest_noise(fast)


def test_the_suppression_that_condition_3_1_does_not_give():
    assert all(one.holds for one in conditions.signal_noise(AT) + conditions.suppression(AT))
    weak = AT | {"sigma_p": 0.05, "sigma_0": 1e-3}
    assert all(one.holds for one in conditions.signal_noise(weak))
    assert [one.holds for one in conditions.suppression(weak)] == [False, True]
    fast = AT | {"lr": 5e-3}
    assert all(one.holds for one in conditions.signal_noise(fast))
    assert [one.holds for one in conditions.suppression(fast)] == [True, False]
