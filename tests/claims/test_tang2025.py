"""Claims of tang2025 on constructed cubes: what they must support, refute, leave open, or not judge."""

import importlib
import math

import numpy as np
import pytest
from helpers import constant, study_cube

from adamatlas.claims import regime
from adamatlas.claims.tang2025 import cor46


def judge(study, values, seeds=6, **options):
    module = importlib.import_module(f"adamatlas.claims.{study}")
    cube = study_cube(study, constant(values), seeds, **options)
    return {claim.id.removeprefix(f"{study}."): claim for claim in module.judge(cube)}


def verdicts(claims, *names):
    return {claims[name].verdict for name in names}


def by_batch(large, small=0.0):
    """A quantity that is `large` at B = 100 and `small` at B = 2, plus .001 for each seed."""
    return lambda run, t: t * 0 + (large + 0.001 * run["seed"] if run["batch_size"] == 100 else small)


TABLE1 = {
    "train_error": 0,
    "test_error": by_batch(0.953),
    "test_error_by_label": by_batch(0.95),
    "feature_margin": by_batch(-1, 1),
}


def test_table1_at_the_paper_s_values():
    claims = judge("tang2025.table1", TABLE1)
    own = ("adam_b100_train", "adam_b100_test", "adam_b100_value", "adam_b2_train", "adam_b2_test", "flips")
    assert verdicts(claims, *own) == {"supported"}
    assert verdicts(claims, "adam_b100_theorem", "adam_b2_theorem") == {"outside"}
    assert "6 above 0.6" in claims["adam_b100_test"].note


def test_a_class_that_fails_against_its_feature_refutes_the_mechanism():
    assert judge("tang2025.table1", TABLE1 | {"feature_margin": 1})["flips"].verdict == "refuted"


def test_the_paper_s_number_is_compared_within_its_mode():
    two_modes = lambda run, t: t * 0 + (0.953 + 0.001 * run["seed"] if run["seed"] % 2 else 0.47)  # noqa: E731
    value = judge("tang2025.table1", TABLE1 | {"test_error": two_modes}, seeds=12)["adam_b100_value"]
    assert (value.verdict, value.n) == ("supported", 6)
    empty = judge("tang2025.table2", TABLE1 | {"test_error": by_batch(0.77)})["adamw_b100_value"]
    assert (empty.verdict, empty.n, empty.paper_value) == ("refuted", 6, 0.5485)


def test_the_theorem_of_large_batches_asks_for_more_than_most_seeds():
    claim = judge("tang2025.table1", TABLE1 | {"test_error": by_batch(0.2)})["adam_b100_theorem"]
    assert claim.criterion.endswith("lies above 0.995")
    assert claim.note.startswith("Outside of noise patches share no coordinate")
    assert "where the rule says: refuted" in claim.note


RISES = {
    100: lambda t: 0.01 + 0.1 * np.sin(np.pi * 1.4 * t),
    2: lambda t: 0.01 + 2 * (1 - np.exp(-9 * t)),
}
NOISE = {100: lambda t: 0.01 + 1 - np.exp(-9 * t), 2: lambda t: 0.04 * np.exp(-t)}


def course(rises, noise):
    level = lambda run, t: noise[run["batch_size"]](t) * (1 + 0.001 * run["seed"])  # noqa: E731
    return {
        "feature": lambda run, t: rises[run["batch_size"]](t),
        "noise_min": level,
        "noise_max": level,
    }


def test_fig3_tells_a_flip_from_a_plateau():
    claims = judge("tang2025.fig3", course(RISES, NOISE), shots=21)
    assert {claim.verdict for claim in claims.values() if claim.kind == "reported"} == {"supported"}
    swapped = [{100: panel[2], 2: panel[100]} for panel in (RISES, NOISE)]
    claims = judge("tang2025.fig3", course(*swapped), shots=21)
    assert verdicts(claims, "b100_flip", "b100_noise", "b2_feature", "b2_noise") == {"refuted"}


@pytest.mark.parametrize(
    ("growth", "verdict"),
    [
        (lambda t: t + 0.01, "refuted"),
        (lambda t: np.log(t + 1e-3) + 7, "supported"),
        (lambda t: t**0, "supported"),
    ],
)
def test_linear_growth_is_no_saturation(growth, verdict):
    claims = judge("tang2025.fig4", course(RISES, {100: growth, 2: NOISE[2]}), shots=41)
    assert claims["b100_saturates"].verdict == verdict


def test_noise_that_peaks_and_vanishes_did_not_stay_low():
    peak = {100: NOISE[100], 2: lambda t: 0.04 + np.exp(-(((t - 0.3) / 0.1) ** 2)) - 0.039 * t}
    claims = judge("tang2025.fig3", course(RISES, peak), shots=21)
    assert claims["b2_noise"].verdict == "refuted"
    assert claims["b2_dominates"].verdict == "supported"


def test_stage_one_ends_after_one_over_eta_steps():
    late = {100: NOISE[100], 2: lambda t: 0.02 + 0.98 * (t > 0.5)}
    early = {100: NOISE[100], 2: lambda t: 0.02 + 0.98 * (t > 0.1)}
    for noise, said in ((late, "refuted"), (early, "refuted")):
        claim = judge("tang2025.fig3", course(RISES, noise))["b2_stage_one"]
        assert claim.verdict == "outside"
        assert f"where the rule says: {said}" in claim.note
        assert "The bound is 0.21" in claim.note


def test_fig5_judges_the_loss_and_not_the_error_of_a_collapsed_network():
    loss = lambda run, t: t * 0 + math.log(2) - 1e-5 * run["seed"]  # noqa: E731
    assert judge("tang2025.fig5", {"train_error": 0.03, "train_loss": loss})["train"].verdict == "supported"
    trains = by_batch(0.6931, 0.1)
    assert judge("tang2025.fig5", {"train_error": 0.5, "train_loss": trains})["train"].verdict == "refuted"


def test_fig6():
    trains = judge("tang2025.fig6", {"train_error": 0, "test_error": 0})
    assert verdicts(trains, "b100_train", "b2_train", "b2_test") == {"supported"}
    assert trains["b100_test"].verdict == "refuted"


def test_lemma_a7():
    exact = {"lemma_a7_error": 1e-16, "lemma_a8_error": 1e-16, "kernel_error": 1e-3, "overlap_share": 0.2}
    claims = judge("tang2025.lemmaA7", exact | {"single_term_error": 0.3})
    assert verdicts(claims, "a7", "a8", "single_term") == {"supported"}
    assert claims["kernel"].verdict == "refuted"
    assert "B=2: 0.3" in claims["single_term"].note


SIGN = {
    "bound_share": lambda run, t: t * 0 + 0.5 + 0.01 * run["seed"],
    "regime_share": lambda run, t: np.where(t < 1, 0.5, 0.0),
    "sign_agreement": 1,
    "update_ratio": lambda run, t: np.where(t <= 0.1, 1.0, 0.2),
    "follows_weight": 0.5,
    "follows_gradient": 1,
    "feature": lambda run, t: 1 - t * (1 if run["optimizer"].startswith("sign") else 0.9),
    "noise_min": lambda run, t: t + (run["optimizer"] == "adamw"),
    "test_error": 0.2,
}


def test_sign_steps_and_twins():
    claims = judge("tang2025.sign", SIGN, shots=21, scale="default")
    assert verdicts(claims, "bound", "remembers_b2") == {"supported"}
    for name, said in (
        ("feature_b100", "supported"),
        ("support_b2", "supported"),
        ("magnitude_b100", "refuted"),
        ("forgets_b2", "refuted"),
    ):
        assert claims[name].verdict == "outside"
        assert f"where the rule says: {said}" in claims[name].note
    assert verdicts(claims, "twin_adam_b2", "twin_adam_b100") == {"supported"}
    assert verdicts(claims, "twin_adamw_b2", "twin_adamw_b100") == {"refuted"}
    assert "0.9: 0.1, 0.99: 0.1, 0.999: 0.1" in claims["twin_adam_b2"].note
    beyond = judge("tang2025.sign", SIGN | {"bound_share": 1.1}, shots=21, scale="default")
    assert beyond["bound"].verdict == "refuted"


def test_sparsity_is_judged_by_the_worst_s():
    values = {
        "train_error": 0,
        "test_error": lambda run, t: t * 0 + (run["s"] < 100 and run["batch_size"] == 100),
    }
    claims = judge("tang2025.sparsity", values, seeds=12, axes={"s": [50, 200]})
    assert verdicts(claims, "adam_train", "adam_b2") == {"supported"}
    assert claims["adam_b100"].verdict == "refuted"
    assert claims["adam_b100"].measured == 0
    assert judge("tang2025.sparsity", values, axes={"s": [50]})["adam_b100"].verdict == "supported"


@pytest.mark.parametrize(("exponent", "verdict"), [(1.0, "supported"), (1.5, "refuted")])
def test_cor43_exponent(exponent, verdict):
    values = {
        "critical_weight_decay": lambda run, t: run["sigma_0"] ** exponent * (1 + 0.001 * run["seed"]),
        "critical_scaled": lambda run, t: 1 + 0.001 * run["seed"],
    }
    claims = judge("tang2025.cor43", values, axes={"batch_size": [2, 200]})
    assert verdicts(claims, "exponent_q3_b2", "exponent_q3_bfull") == {verdict}
    assert claims["exponent_q4_b2"].verdict == "refuted"
    assert claims["constant"].verdict == "supported"


def test_cor43_tells_the_lemma_s_bound_from_the_corollary_s_words():
    decays = {"critical_weight_decay": 1e-9, "lowest_feature": 0.01, "highest_feature": 1}
    claims = judge("tang2025.cor43", decays)
    assert "where the rule says: supported" in claims["bounded"].note
    assert "where the rule says: refuted" in claims["stuck"].note
    grows = judge("tang2025.cor43", decays | {"highest_feature": 5})
    assert "where the rule says: refuted" in grows["bounded"].note


DECAYS = {"weight_decay": [0.0, 0.1, 1.0, 10.0]}


def test_cor46_edges():
    assert cor46.lower_edge(np.array([2, 10, 20]), 200).tolist() == [0.02, 0.5, 1.0]
    works = {"train_error": 0, "test_error": 0, "train_loss": 0.1}
    claims = judge("tang2025.cor46", works, axes=DECAYS | {"batch_size": [2, 10, 20]})
    assert "where the rule says: supported" in claims["inside"].note
    assert claims["inside"].bound == "sufficient"
    assert verdicts(claims, "lower", "upper") == {"refuted"}
    assert "B=20" not in claims["lower"].note


def test_cor46_one_cell_of_the_window_that_fails_refutes_it():
    fails = {
        "train_error": lambda run, t: t * 0 + (run["batch_size"] == 10 and run["weight_decay"] == 1),
        "test_error": 0,
        "train_loss": 0,
    }
    claims = judge("tang2025.cor46", fails, axes=DECAYS | {"batch_size": [2, 10]})
    assert "where the rule says: refuted" in claims["inside"].note
    assert "B=10, 1: 0 of 6" in claims["inside"].note


def test_cor46_compares_the_windows_of_both_optimizers():
    narrow = {
        "train_error": lambda run, t: t * 0 + (run["optimizer"] == "adam" and run["weight_decay"] > 0.5),
        "test_error": 0,
        "train_loss": 0,
    }
    claims = judge("tang2025.cor46", narrow, axes=DECAYS)
    assert claims["wider"].measured == 2
    assert "where the rule says: supported" in claims["wider"].note


def disjoint(error):
    claims = judge("tang2025.disjoint", {"test_error": error}, scale="default")
    return claims


def measured_error(run, t):
    """Full batches fail; n/B = 20 fails at alpha = 0.2 unless betas forget or twenty examples overlap."""
    fails = run["batch_size"] == 20 or (run["alpha"] > 0.1 and run["beta2"] > 0.9 and run["d"] > 1000)
    return t * 0 + (0.9 if fails else 0.01)


def test_disjoint_tells_what_decides():
    claims = disjoint(measured_error)
    assert verdicts(claims, "batch", "alpha", "forgetting", "twin", "overlap") == {"supported"}
    assert verdicts(claims, "full_theorem", "b1_theorem") == {"outside"}
    unmet = [one["needs"] for one in claims["full_theorem"].conditions if not one["holds"]]
    assert unmet == ["s = Theta(sqrt(d) / n^2)", "eta = o(lambda sigma_0^q sigma_p^q)"]
    assert "n/B=20: 20: 0.01, 10: 0.01, 5: 0.01, 2: 0.9, 1: 0.9" in claims["overlap"].note


def test_disjoint_where_nothing_decides():
    assert verdicts(disjoint(0.0), "batch", "alpha", "forgetting", "twin", "overlap") == {"refuted"}


def window(run, t):
    rescued = run["optimizer"] == "adam" and 1e-4 < run["weight_decay"] < 1e-2
    return t * 0 + (0.0 if rescued else 0.8)


def test_window_of_coupled_decay():
    claims = judge("tang2025.window", {"test_error": window, "train_error": 0}, scale="default")
    assert verdicts(claims, "adam", "paper", "adamw") == {"supported"}
    assert claims["adam"].note.startswith("sigma_0^(q-2) sigma_p / n = 5e-06, sigma_0^(q-2) = 0.01.")
    never = judge("tang2025.window", {"test_error": 0.8, "train_error": 0}, scale="default")
    assert never["adam"].verdict == "refuted"
    fits_nothing = judge("tang2025.window", {"test_error": 0, "train_error": 0.5}, scale="default")
    assert fits_nothing["adam"].verdict == "refuted"
    assert fits_nothing["adamw"].verdict == "refuted"


def test_the_conditions_are_those_of_the_optimizer_and_its_batches():
    cube = study_cube("tang2025.table2")
    assert "lambda >= min(B^2 / n, 1)" in [one.needs for one in regime.large(cube, batch_size=100)]
    small = {one.needs: one.holds for one in regime.small(cube, batch_size=2)}
    assert small["max(s sigma_p, n^(1/2)) < n / B"]
    adam = {one.needs: one.value for one in regime.small(study_cube("tang2025.table1"), batch_size=2)}
    assert adam["beta2^(n / 2B) <= lambda eta"] == "0.95 against 5e-10"
