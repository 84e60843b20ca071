import importlib
import json
import re

import numpy as np
import pytest
from helpers import CLAIMS, constant, reduced, study_cube

from adamatlas.claims.tang2025 import cor46
from adamatlas.readings import zou2023

KEYS = [
    "id",
    "paper",
    "source",
    "statement",
    "quantity",
    "criterion",
    "measured",
    "interval",
    "n",
    "verdict",
    "scale",
    "paper_value",
    "cube",
    "note",
]


def judge(study, *arguments, **options):
    paper, name = study.split(".")
    module = importlib.import_module(f"adamatlas.claims.{paper}.{name}")
    cube = study_cube(study, *arguments, **options)
    assert set(module.REQUIRES) <= {*cube.dims, *cube.coords}
    return {claim.id.removeprefix(f"{study}."): claim for claim in module.judge(cube)}


@pytest.mark.parametrize("study", CLAIMS)
@pytest.mark.parametrize("seeds", [1, 2, 6])
def test_every_claim_is_a_row_of_the_table(study, seeds):
    claims = judge(study, seeds=seeds)
    assert claims
    for claim in claims.values():
        row = claim.to_dict()
        assert list(row) == KEYS
        json.dumps(row, allow_nan=False)
        assert re.fullmatch(rf"{re.escape(study)}\.[A-Za-z0-9._]+", row["id"])
        assert row["verdict"] in ("supported", "refuted", "inconclusive")
        assert (row["interval"] is None) <= (row["verdict"] == "inconclusive")


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("study", CLAIMS)
def test_nothing_known_is_inconclusive(study):
    for claim in judge(study, constant({})).values():
        assert claim.verdict == "inconclusive"
        assert claim.measured is None


@pytest.mark.parametrize("study", CLAIMS)
def test_a_smaller_grid_is_judged_all_the_same(study):
    paper, name = study.split(".")
    module = importlib.import_module(f"adamatlas.claims.{paper}.{name}")
    whole = study_cube(study)
    known = {claim.id for claim in module.judge(whole)}
    for smaller, cube in reduced(whole).items():
        assert {claim.id for claim in module.judge(cube)} <= known, smaller


@pytest.mark.parametrize("study", CLAIMS)
def test_one_diverged_seed_is_left_out(study):
    random = np.random.default_rng(0)

    def value(name, run, shape):
        known = random.uniform(0.1, 1, shape)
        return np.full(shape, np.nan) if run["seed"] == 0 else known

    judge(study, value)


def test_table1_at_the_paper_s_values():
    values = {
        "train_error": 0,
        "test_error": lambda run, share: np.where(share >= 0, 0.95 if run["batch_size"] == 100 else 0.0, 0),
        "feature": lambda run, share: np.where(share >= 0, -1 if run["batch_size"] == 100 else 1, 0),
    }
    claims = judge("tang2025.table1", constant(values), seeds=10)
    for name in ("adam_b100_train", "adam_b100_test", "adam_b2_train", "adam_b2_test", "flips"):
        assert claims[name].verdict == "supported", name
    assert claims["adam_b100_value"].verdict == "refuted"
    assert "10 above 0.6" in claims["adam_b100_test"].note
    values["feature"] = 1.0
    assert judge("tang2025.table1", constant(values), seeds=10)["flips"].verdict == "refuted"


def test_table2_says_that_the_value_differs():
    values = {"test_error": lambda run, share: share * 0 + 0.77 + 0.001 * run["seed"], "train_error": 0}
    claim = judge("tang2025.table2", constant(values), seeds=10)["adamw_b100_value"]
    assert claim.verdict == "refuted"
    assert claim.paper_value == 0.5485


def test_fig3_tells_a_flip_from_a_plateau():
    rises = {
        100: lambda t: 0.01 + 0.1 * np.sin(np.pi * 1.4 * t),
        2: lambda t: 0.01 + 2 * (1 - np.exp(-9 * t)),
    }
    noise = {100: lambda t: 0.01 + 1 - np.exp(-9 * t), 2: lambda t: 0.04 * np.exp(-t)}
    values = {
        "feature": lambda run, t: rises[run["batch_size"]](t),
        "noise_min": lambda run, t: noise[run["batch_size"]](t),
        "noise_max": lambda run, t: noise[run["batch_size"]](t),
    }
    claims = judge("tang2025.fig3", constant(values), seeds=10)
    assert {claim.verdict for claim in claims.values()} == {"supported"}
    rises[100], rises[2] = rises[2], rises[100]
    noise[100], noise[2] = noise[2], noise[100]
    claims = judge("tang2025.fig3", constant(values), seeds=10)
    for name in ("b100_flip", "b100_noise", "b2_feature", "b2_noise"):
        assert claims[name].verdict == "refuted", name


def test_fig5_and_fig6():
    fails = judge("tang2025.fig5", constant({"train_error": 0.5, "train_loss": 0.69}))
    assert {claim.verdict for claim in fails.values()} == {"supported"}
    trains = judge("tang2025.fig6", constant({"train_error": 0, "test_error": 0}), seeds=10)
    assert trains["b100_train"].verdict == "supported"
    assert trains["b100_test"].verdict == "refuted"


def test_lemma_a7():
    exact = {"lemma_a7_error": 1e-16, "lemma_a8_error": 1e-16, "kernel_error": 1e-3, "overlap_share": 0.2}
    claims = judge("tang2025.lemmaA7", constant(exact))
    assert claims["a7"].verdict == "supported"
    assert claims["kernel"].verdict == "refuted"
    assert claims["disjoint_b2"].verdict == "refuted"


def test_sign_windows_and_twins():
    values = {
        "regime_share": lambda run, t: np.where(t < 1, 0.5, 0.0),
        "sign_agreement": 1,
        "update_ratio": 0.2,
        "test_error": lambda run, t: t * 0 + (0.4 if run["optimizer"] == "adamw" else 0.0),
    }
    claims = judge("tang2025.sign", constant(values), shots=21, scale="default")
    assert claims["regime_early_b100"].verdict == "supported"
    assert claims["regime_late_b100"].verdict == "refuted"
    assert claims["agreement_support_b2"].verdict == "supported"
    assert claims["magnitude_late_b100"].verdict == "refuted"
    assert claims["match_adam_b2_beta2_0.99"].verdict == "supported"
    assert claims["match_adamw_b100_beta2_0.999"].verdict == "refuted"


def test_sparsity():
    values = {
        "train_error": 0,
        "test_error": lambda run, t: t * 0 + (run["s"] < 100 and run["batch_size"] == 100),
    }
    claims = judge("tang2025.sparsity", constant(values), seeds=10, axes={"s": [50, 200]})
    assert claims["adam_b100_s50"].verdict == "supported"
    assert claims["adam_b100_s200"].verdict == "refuted"
    assert claims["adam_b2"].verdict == "supported"


@pytest.mark.parametrize(("exponent", "verdict"), [(1.0, "supported"), (1.5, "refuted")])
def test_cor43_exponent(exponent, verdict):
    values = {
        "critical_weight_decay": lambda run, t: run["sigma_0"] ** exponent * (1 + 0.001 * run["seed"]),
        "critical_scaled": 1,
        "lowest_feature": 0.01,
    }
    claims = judge("tang2025.cor43", constant(values), axes={"batch_size": [2, 200]})
    assert claims["exponent_q3_b2"].verdict == verdict
    assert claims["exponent_q3_bfull"].verdict == verdict
    assert claims["exponent_q4_b2"].verdict == "refuted"
    assert claims["constant"].verdict == "supported"
    assert claims["stuck"].verdict == ("refuted" if exponent == 1.0 else claims["stuck"].verdict)


DECAYS = {"weight_decay": [0.0, 0.1, 1.0, 10.0]}


def test_cor46_edges():
    assert cor46.lower_edge(np.array([2, 10, 20]), 200).tolist() == [0.02, 0.5, 1.0]
    works = {"train_error": 0, "test_error": 0, "train_loss": lambda run, t: t * 0 + run["weight_decay"] / 5}
    claims = judge("tang2025.cor46", constant(works), seeds=4, axes=DECAYS)
    assert claims["inside"].verdict == "supported"
    assert claims["upper"].verdict == "supported"
    assert claims["lower"].verdict == "refuted"
    assert claims["wider"].verdict == "refuted"
    assert claims["wider"].measured == 0


def test_cor46_compares_the_windows_of_both_optimizers():
    narrow = {
        "train_error": lambda run, t: t * 0 + (run["optimizer"] == "adam" and run["weight_decay"] > 0.5),
        "test_error": 0,
        "train_loss": 0,
    }
    claims = judge("tang2025.cor46", constant(narrow), seeds=4, axes=DECAYS)
    assert claims["wider"].measured == 2
    assert claims["wider"].verdict == "supported"


def test_thm42_distance_between_optimizers():
    value = constant(
        {
            "distance": 0.01,
            "solution": lambda run, t: t * 0 + (run["optimizer"] == "adam"),
            "solution_norm": 2,
            "test_error": 0.1,
            "train_error": 0,
        }
    )
    gap = zou2023.between(study_cube("zou2023.thm42", value))
    np.testing.assert_allclose(gap, np.sqrt(6) / 2)
    claims = judge("zou2023.thm42", value)
    assert claims["adam_distance"].verdict == "supported"
    assert claims["distance"].verdict == "refuted"
    assert claims["test"].verdict == "supported"


def test_growth_rates():
    def noise(run, t):
        return 0.01 + run["lr"] * 100 * t * run["s"] ** 0.5

    values = {"noise_max": noise, "noise_min": noise, "feature": lambda run, t: 0.01 + run["lr"] * 100 * t}
    axes = {"lr": [5e-5, 1e-4], "s, sigma_p": [(50, 50**-0.5), (200, 200**-0.5)]}
    found = zou2023.rates(study_cube("zou2023.growth", constant(values), axes=axes), "signsgd")
    np.testing.assert_allclose(found["noise"].sel(s=50), 50**0.5)
    np.testing.assert_allclose(found["feature"], 1)
    claims = judge("zou2023.growth", constant(values), axes=axes)
    assert claims["noise_rate"].verdict == "supported"
    assert claims["noise_rate_lr"].verdict == "supported"
    assert claims["feature_bound"].verdict == "supported"
    assert claims["flip_signsgd"].verdict == "refuted"
