"""The claims of meng2023's synthetic experiments."""

import importlib

import numpy as np
import pytest
from helpers import constant, study_cube

from adamatlas.readings.meng2023 import FGR, PEGR, accuracy, critical, setting
from adamatlas.regularizers import ALL_KINDS
from adamatlas.theory import linear_growth

NOISE = {"reg_lambda": [0.0, 0.01, 0.02], "sigma_p, sigma_0": [(0.1, 0.01), (0.5, 0.01), (1.5, 0.001)]}
MAP = {"reg_lambda": [0.001, 0.01, 0.1, 2.0], "sigma_p": [0.1, 0.5, 1.5]}


def judge(study, values, seeds=20, **grid):
    paper, name = study.split(".")
    module = importlib.import_module(f"adamatlas.claims.{paper}.{name}")
    cube = study_cube(study, constant(values), seeds=seeds, **grid)
    return {claim.id.removeprefix(f"{study}."): claim for claim in module.judge(cube)}


def is_pegr(run):
    return run["regularizer"] == "per_example_gradient" and run["reg_lambda"] > 0


def succeeds(run):
    """As the paper says it: PEGR at every noise, the others at low noise."""
    return is_pegr(run) or run["sigma_p"] < 0.3


def only_rescaled(run):
    """As it is found: nothing works with the second layer 1/m but at low noise."""
    return succeeds(run) and (run["output_scale"] == 1 or run["sigma_p"] < 0.3)


@pytest.mark.parametrize("world", [succeeds, only_rescaled])
def test_fig2_to_fig4_follow_the_runs(world):
    values = {
        "test_accuracy": lambda run, t: 0.5 + 0.5 * t * world(run),
        "signal": lambda run, t: 0.01 + t * world(run),
        "noise": lambda run, t: 0.1 + (0.05 if world(run) and run["sigma_p"] > 0.3 else 2) * t,
        "train_loss": 0.01,
    }
    as_stated = "supported" if world is succeeds else "refuted"
    for name in ("fig2", "fig3", "fig4"):
        claims = judge(f"meng2023.{name}", values, axes=NOISE)
        assert {claim.kind for claim in claims.values()} == {"reported"}
        assert claims.pop("pegr_as_stated").verdict == as_stated, name
        for other, claim in claims.items():
            assert claim.verdict == "supported", (name, other)
    assert {claim.verdict for claim in judge("meng2023.fig1", values, axes=NOISE).values()} == {"supported"}


def test_a_statement_of_each_cell_fails_with_its_worst_cell():
    values = {
        "train_loss": lambda run, t: t * 0 + (0.7 if run["sigma_p"] < 0.3 else 0.01),
        "test_accuracy": lambda run, t: t * 0 + (1.0 if run["seed"] % 2 or run["sigma_p"] < 1 else 0.5),
    }
    claims = judge("meng2023.fig1", values, axes=NOISE)
    assert (claims["all_as_stated"].verdict, claims["all_as_stated"].measured) == ("refuted", 0)
    pegr = judge("meng2023.fig4", values, axes=NOISE)["pegr_rescaled"]
    assert (pegr.verdict, pegr.measured, pegr.n) == ("inconclusive", 0.5, 20)


def test_standard_training_is_lambda_0_and_the_third_reading_twice_the_lambda():
    values = {"test_accuracy": lambda run, t: t * 0 + (0.5 if run["reg_lambda"] == 0 else 1.0)}
    claims = judge("meng2023.fig4", values, axes=NOISE)
    assert claims["pegr_rescaled"].verdict == "supported"
    assert claims["others_as_stated"].measured == 0, "FGR generalizes here"
    values = {"test_accuracy": lambda run, t: t * 0 + (1.0 if run["reg_lambda"] == 0.02 else 0.5)}
    claims = judge("meng2023.fig4", values, axes=NOISE)
    assert claims["others_as_stated"].verdict == claims["pegr_factor_one"].verdict == "supported"
    assert claims["pegr_rescaled"].verdict == "refuted"


def test_diverged_runs_are_counted_and_do_not_succeed():
    def value(name, run, shape):
        return np.full(shape, np.nan if run["seed"] == 0 else 1.0)

    module = importlib.import_module("adamatlas.claims.meng2023.fig4")
    cube = study_cube("meng2023.fig4", value, seeds=20, axes=NOISE)
    cube["status"][{"seed": 0}] = 2
    claims = {claim.id: claim for claim in module.judge(cube)}
    found = claims["meng2023.fig4.pegr_rescaled"]
    assert (found.measured, found.n) == (0.95, 20), "it does not generalize"
    assert "3 runs diverged" in found.note
    assert claims["meng2023.fig4.others_rescaled"].n == 19


def test_thresholds_of_the_linear_theory():
    pegr, fgr = (
        linear_growth.no_noise_growth(kind, 0.5, linear_growth.Setting(d=400, n=20, scale=1.0))
        for kind in ("per_example_gradient", "full_gradient")
    )
    assert pegr == pytest.approx(0.01)
    assert fgr / pegr == pytest.approx(10)
    even = linear_growth.equal_growth("per_example_gradient", np.array([0.1, 0.5]), linear_growth.Setting())
    assert even[0] == 0
    noise_rate, damping = 100 / 20, 100
    assert 0.5 * (1 - even[1]) == pytest.approx(noise_rate * (1 - damping * even[1]))


@pytest.mark.parametrize("kind", ALL_KINDS)
def test_linear_rates_are_those_of_the_network(kind):
    """One step of tiny weights on orthogonal noise: signal and own noise grow as the theory says."""
    import torch

    from adamatlas.regularizers.autograd import objective_gradient

    n, norm, scale, lr, strength = 6, 3.0, 0.7, 0.1, 0.05
    y = torch.tensor([-1.0, 1.0] * (n // 2), dtype=torch.float64)
    noise = norm * torch.eye(n, n + 1, dtype=torch.float64).roll(1, 1)
    w = torch.zeros(n + 1, 2, dtype=torch.float64)
    w[0, 1], w[2, 1] = 1e-6, 1e-6

    def losses(leaf):
        hidden = torch.relu(y[:, None] * leaf[0]) ** 2 + torch.relu(noise @ leaf) ** 2
        return torch.log1p(torch.exp(-scale * y * (hidden[:, 1] - hidden[:, 0])))

    weight = strength if kind == "full_gradient" else strength / 2
    moved = w - lr * objective_gradient(losses, w, kind, weight)
    square = norm**2
    at = linear_growth.Setting(d=n, n=n, scale=scale, lr=lr)
    signal = 1 + lr * scale / 2 * (1 - strength / linear_growth.no_signal_growth(at, kind))
    still = linear_growth.no_noise_growth(kind, norm / np.sqrt(n), at)
    own = 1 + lr * scale * square / n * (1 - strength / still)
    assert float(moved[0, 1] / w[0, 1]) == pytest.approx(signal, rel=1e-9)
    assert float(moved[2, 1] / w[2, 1]) == pytest.approx(own, rel=1e-9)
    even = float(linear_growth.equal_growth(kind, norm / np.sqrt(n), at))
    limit = linear_growth.no_signal_growth(at, kind)
    assert (1 - even / limit) / 2 == pytest.approx(square / n * (1 - even / still))


def test_critical_lambda_lies_between_its_neighbours():
    values = {"test_accuracy": lambda run, t: t * 0 + (1.0 if run["reg_lambda"] >= 0.1 else 0.5)}
    found = critical(accuracy(study_cube("meng2023.lambda_map", constant(values), axes=MAP), PEGR))
    np.testing.assert_allclose(found, np.sqrt(0.01 * 0.1))
    nothing = constant({"test_accuracy": 0.5})
    assert np.isnan(critical(accuracy(study_cube("meng2023.lambda_map", nothing), FGR))).all()


def test_lambda_map_finds_that_fgr_needs_ten_times_the_lambda():
    def works(run, t):
        factor = 1 if run["regularizer"] == "per_example_gradient" else 10
        return t * 0 + (1.0 if 1 > run["reg_lambda"] >= 0.002 * factor else 0.5)

    claims = judge("meng2023.lambda_map", {"test_accuracy": works}, seeds=20, axes=MAP)
    assert claims["ratio"].measured == pytest.approx(10 / (20 / 2))
    assert claims["ratio"].verdict == "supported"
    assert claims["fgr_works"].verdict == claims["too_large"].verdict == "supported"
    assert claims["covariance"].measured == pytest.approx(10 * 19 / 20)
    assert claims["covariance"].verdict == "refuted"
    assert {claim.kind for claim in claims.values()} == {"extension"}
    claims = judge("meng2023.lambda_map", {"test_accuracy": lambda run, t: t * 0 + 1.0}, axes=MAP)
    assert claims["too_large"].verdict == "refuted"
    claims = judge("meng2023.lambda_map", {"test_accuracy": 0.5}, axes=MAP)
    assert claims["fgr_works"].verdict == "refuted"


def test_lemmas_tell_the_printed_factor_from_the_corrected_one():
    cube_values = {"compiled_error": 1e-15, "left_over": 1e-15}
    errors = {"lemma51": "formula_error", "lemma53": "recursion_error", "lemma58": "full_gradient_error"}
    for study, quantity in errors.items():
        value = constant(cube_values | {quantity: 0.1})

        def split(name, run, shape, value=value, quantity=quantity):
            out = np.array(value(name, run, shape))
            if name == quantity:
                out[..., 1] = 1e-15
            return out

        module = importlib.import_module(f"adamatlas.claims.meng2023.{study}")
        verdicts = {
            claim.id.rpartition(".")[2]: claim.verdict
            for claim in module.judge(study_cube(f"meng2023.{study}", split))
        }
        assert verdicts.pop("printed") == "refuted"
        assert set(verdicts.values()) == {"supported"}


@pytest.mark.parametrize("name", ["fig2", "fig3", "fig4"])
def test_a_scale_without_the_larger_lambda_is_inconclusive_about_it(name):
    study = f"meng2023.{name}"
    cube = study_cube(study, seeds=20, axes=NOISE).sel(reg_lambda=[0.0, 0.01])
    claims = {claim.id: claim for claim in importlib.import_module(f"adamatlas.claims.{study}").judge(cube)}
    assert claims[f"{study}.others_rescaled"].n == 20
    assert claims[f"{study}.pegr_factor_one"].verdict == "inconclusive"


def test_the_setting_of_the_linear_theory_is_that_of_the_cube():
    cube = study_cube("meng2023.lambda_map")
    assert setting(cube) == linear_growth.Setting()
    cube.attrs["config_json"] = '{"settings": {"d": 9, "output_scale": 0.1}, "optimizer": {"lr": 0.5}}'
    assert setting(cube) == linear_growth.Setting(d=9, scale=0.1, lr=0.5)
