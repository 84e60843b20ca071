import json

import numpy as np
import pytest
import xarray as xr
from helpers import ADAM, dense, diverge, train

from adamatlas.engines import fused
from adamatlas.errors import UserError
from adamatlas.lanes import Lane
from adamatlas.measures import coefficient_bounds, decomposition, regularizer_formula, signal_noise
from adamatlas.measures.shared.lanes import training_draw
from adamatlas.problems.patch_cnn.data import DIMS, patches, sample
from adamatlas.store import read_spec
from adamatlas.theory.full_gradient import lemma_gradient

SETTINGS = {
    "sampler": "dense", "d": 30, "n_train": 6, "s": 29, "m": 2, "q": 2, "output_scale": 0.5,
    "alpha": 0.0, "sigma_p": 0.5, "sigma_0": 0.3, "carry_in_span": False,
}  # fmt: skip
GD = ADAM | {"lr": 0.3, "beta1": 0.0, "beta2": 0.0, "v_exponent": 0.0, "eps": 0.0, "weight_decay": 0.0}
GD["bias_correction"] = False
OPTIONS = {"options": {"n_test": 200}}


def runs(**changes):
    """A trace of two regularized lanes on two seeds, trained, and its data."""
    spec = {
        "problem": "patch_cnn",
        "engine": "fused",
        "dtype": "float64",
        "settings": SETTINGS | changes.get("settings", {}),
        "optimizer": GD | changes.get("optimizer", {}),
        "regularizer": {
            "regularizer": changes.get("kind", "per_example_gradient"),
            "reg_lambda": 0.4,
            "reg_factor": 0.5,
            "reg_off_epoch": 25,
        },
        "schedule": {
            "batch_size": 6, "steps": 40, "steps_per_epoch": 1, "snapshots": 5, "snapshot_spacing": "linear",
            "weights": True, "moments": False,
        },
        "axes": {},
        "lanes": {"reg_lambda": [0.4, 0.8], "seed": [0, 1]},
    }  # fmt: skip
    draws = [sample(spec["settings"], seed) for seed in (0, 1)]
    data = xr.Dataset(
        {name: (dims, np.stack([one[name] for one in draws])) for name, dims in DIMS.items()},
        coords={"seed": [0, 1]},
    )
    trace = train(fused, spec, data)
    trace.attrs["spec_json"] = json.dumps(spec)
    return trace, data


def test_signal_and_noise_follow_the_definition():
    trace, data = runs()
    found = signal_noise.measure(trace, data, OPTIONS)
    w = trace["w"].values[3, 2]
    one = training_draw(data, 1)
    noise = dense(*patches(one, SETTINGS), 30)
    assert found["signal"][3, 2] == pytest.approx(np.abs(w[0]).max())
    assert found["noise"][3, 2] == pytest.approx((noise @ w).max())

    def margin(sample):
        index, value = patches(sample, SETTINGS)
        hidden = np.maximum(sample["y"][:, None] * w[0], 0) ** 2
        hidden += np.maximum(dense(index, value, 30) @ w, 0) ** 2
        return 0.5 * sample["y"] * (hidden[:, 2:].sum(1) - hidden[:, :2].sum(1))

    assert found["train_loss"][3, 2] == pytest.approx(np.log1p(np.exp(-margin(one))).mean())
    assert found["train_accuracy"][3, 2] == np.mean(margin(one) > 0)
    assert found["test_accuracy"][3, 2] == np.mean(margin(sample(SETTINGS, 1, "test", 200)) > 0)


def test_sparse_noise_with_feature_noise_is_measured_too():
    trace, data = runs(settings={"sampler": "sparse", "s": 5, "alpha": 0.3})
    found = signal_noise.measure(trace, data, OPTIONS)
    settings = read_spec(trace)["settings"]
    noise = dense(*patches(training_draw(data, 0), settings), 30)
    assert (noise[:, 0] != 0).all()
    assert found["noise"][0, -1] == pytest.approx((noise @ trace["w"].values[0, -1]).max())


def test_the_corrected_lemmas_hold_and_the_printed_ones_do_not():
    trace, data = runs()
    coefficients = decomposition.measure(trace, data, {})
    assert coefficients["left_over"].max() < 1e-12
    assert coefficients["recursion_error"].sel(factor="corrected").max() < 1e-11
    assert coefficients["recursion_error"].sel(factor="printed").max() > 1e-3
    assert coefficients["signal_coefficient"][:, 1:].min() > 0
    update = regularizer_formula.measure(trace, data, {})
    assert update["formula_error"].sel(factor="corrected").max() < 1e-12
    assert update["formula_error"].sel(factor="printed").min() > 1e-6
    assert update["compiled_error"].max() < 1e-12
    assert update["full_gradient_error"].sel(factor="corrected").max() < 1e-12
    assert update["full_gradient_error"].sel(factor="printed").min() > 1e-3


def test_lemma_5_8_is_a_central_difference_of_the_penalized_loss():
    random = np.random.default_rng(3)
    n, d, m, scale, weight = 4, 9, 3, 0.4, 0.7
    noise = np.hstack([np.zeros((n, 1)), 2 * np.linalg.qr(random.normal(size=(d - 1, n)))[0].T])
    y, w, j = np.array([-1.0, 1.0, 1.0, -1.0]), random.normal(size=(d, 2 * m)), np.repeat([-1.0, 1.0], m)

    def penalized(w):
        a, z = np.maximum(y[:, None] * w[0], 0), np.maximum(noise @ w, 0)
        margin = scale * y * ((a**2 + z**2) * j).sum(axis=1)
        pull = (-2 * scale / n * y / (1 + np.exp(margin)))[:, None] * j
        gradient = noise.T @ (pull * z)
        gradient[0] += (pull * a * y[:, None]).sum(axis=0)
        return np.log1p(np.exp(-margin)).mean() + weight / 2 * (gradient**2).sum()

    expected = np.empty_like(w)
    for place in np.ndindex(w.shape):
        step = np.zeros_like(w)
        step[place] = 1e-5
        expected[place] = (penalized(w + step) - penalized(w - step)) / 2e-5
    corrected, printed = (lemma_gradient(w, noise, y, scale, weight, which) for which in (False, True))
    np.testing.assert_allclose(corrected, expected, rtol=1e-6, atol=1e-9)
    assert np.abs(printed - expected).max() > 0.05 * np.abs(expected).max()


def test_coefficients_and_their_bounds_follow_the_definitions():
    trace, data = runs()
    found = coefficient_bounds.measure(trace, data, {"options": {"n_test": 40_000}})
    other = signal_noise.measure(trace, data, {"options": {"n_test": 40_000}})
    lane, snapshot, j = 2, 3, np.array([-1, -1, 1, 1])
    start, w = (trace["w"].values[lane, k] for k in (0, snapshot))
    one = training_draw(data, 0 if trace["seed"].values[lane] == 0 else 1)
    noise, y = dense(*patches(one, SETTINGS), 30), one["y"]
    along, *_ = np.linalg.lstsq(np.vstack([np.eye(1, 30), noise]).T, w - start, rcond=None)
    gamma, rho = j * along[0], along[1:] * (noise**2).sum(axis=1)[:, None]
    own = j == y[:, None]
    expected = {
        "gamma_reached": min(gamma[:2].max(), gamma[2:].max()),
        "gamma_max": gamma.max(),
        "gamma_min": gamma.min(),
        "rho_reached": min(rho[i, own[i]].max() for i in range(6)),
        "rho_max": rho.max(),
        "rho_min": rho.min(),
        "rho_own_min": rho[own].min(),
        "train_loss": other["train_loss"][lane, snapshot].item(),
    }
    for name, value in expected.items():
        assert found[name][lane, snapshot].item() == pytest.approx(value, abs=1e-12), name
    error = 1 - other["test_accuracy"][lane, snapshot].item()
    assert found["test_error"][lane, snapshot].item() == pytest.approx(error, abs=0.02)
    plain = Lane(0, 0, SETTINGS, GD, {"kind": "none", "weight": 0.0, "off_step": 0})
    gradient = regularizer_formula.autograd(np.ascontiguousarray(w), one, plain)
    assert found["gradient_norm"][lane, snapshot].item() == pytest.approx((gradient**2).sum())
    margins, _ = signal_noise.margins(w[None], y.astype(float), noise, SETTINGS)
    deviation = np.abs(0.5 - 1 / (1 + np.exp(margins[0]))).max()
    assert found["slope_deviation"][lane, snapshot].item() == pytest.approx(deviation)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"settings": {"q": 3}}, "q: 2"),
        ({"settings": {"carry_in_span": True}}, "in_span: false"),
        ({"settings": {"sampler": "sparse", "s": 5, "alpha": 0.1}}, "alpha: 0"),
        ({"optimizer": {"weight_decay": 0.1}}, "weight_decay: 0"),
        ({"kind": "full_gradient"}, "per_example_gradient"),
    ],
)
@pytest.mark.parametrize("module", [decomposition, regularizer_formula])
def test_runs_that_the_lemmas_do_not_speak_of_are_refused(module, changes, said):
    with pytest.raises(UserError, match=said):
        module.measure(*runs(**changes), {})


@pytest.mark.parametrize("module", [coefficient_bounds, signal_noise, decomposition, regularizer_formula])
def test_diverged_lanes_become_nan_and_leave_the_others_alone(module):
    trace, data = runs()
    sound = module.measure(trace, data, OPTIONS)
    broken = module.measure(diverge_weights(trace), data, OPTIONS)
    for name in set(sound.data_vars) - {"status", "diverged_step"}:
        assert broken[name][0].isnull().all()
        np.testing.assert_array_equal(broken[name][1:], sound[name][1:])
        assert sound[name].attrs["long_name"]
        assert sound[name].attrs["units"]


def diverge_weights(trace):
    """The first lane diverged before its first snapshot."""
    return diverge(trace.assign(m=trace["w"], v=trace["w"]), 0)


@pytest.mark.parametrize("module", [coefficient_bounds, signal_noise, decomposition, regularizer_formula])
def test_without_weights_there_is_one_clear_line(module):
    trace, data = runs()
    with pytest.raises(UserError, match="weights: true"):
        module.measure(trace.drop_vars("w"), data, OPTIONS)
