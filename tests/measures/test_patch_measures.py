import json

import numpy as np
import pytest
import torch
from helpers import ADAM, NO_REGULARIZER, PATCH_CNN, data_file, dense, diverge, trace_file

from adamatlas.errors import UserError
from adamatlas.lanes import Lane
from adamatlas.measures import (
    errors,
    feature_noise,
    gradient_formula,
    gradient_size,
    last_visit,
    sign_regime,
)
from adamatlas.measures.shared.lanes import trained_lanes, training_draw
from adamatlas.problems.order import batch as batch_of
from adamatlas.problems.patch_cnn.data import patches, sample
from adamatlas.theory.patch_gradient import lemma_gradient, one_owner

MEASURES = [errors, feature_noise, gradient_size, sign_regime, gradient_formula, last_visit]
OPTIONS = {"options": {"n_test": 300}}


def outputs(w, noise, y, settings):
    """F_-1, F_+1 as the definition reads, one term at a time."""
    m, q = settings["m"], settings["q"]
    out = np.zeros((len(y), 2))
    for i, label in enumerate(y):
        for column in range(2 * m):
            for z in (label * w[0, column], noise[i] @ w[:, column]):
                out[i, column // m] += settings["output_scale"] * max(z, 0) ** q
    return out


def test_errors_follow_the_definition():
    trace, data = trace_file(), data_file()
    found = errors.measure(trace, data, OPTIONS)
    draws = training_draw(data, 1)
    index, value = patches(draws, PATCH_CNN)
    f = outputs(trace["w"].values[1, 2], dense(index, value, 40), draws["y"], PATCH_CNN)
    margin = draws["y"] * (f[:, 1] - f[:, 0])
    assert found["train_error"][1, 2] == np.mean(margin <= 0)
    assert found["train_loss"][1, 2] == pytest.approx(np.mean(np.log1p(np.exp(-margin))))
    test = sample(PATCH_CNN, 1, "test", 300)
    index, value = patches(test, PATCH_CNN)
    f = outputs(trace["w"].values[1, -1], dense(index, value, 40), test["y"], PATCH_CNN)
    wrong = test["y"] * (f[:, 1] - f[:, 0]) <= 0
    assert found["test_error"][1, -1] == wrong.mean()
    assert found["test_error_by_label"][1, -1, 0] == wrong[test["y"] == -1].mean()


def test_ties_are_errors():
    trace = trace_file()
    trace["w"][:] = 0
    found = errors.measure(trace, data_file(), OPTIONS)
    assert (found["train_error"] == 1).all()
    assert (found["test_error"] == 1).all()


def test_feature_and_noise_follow_the_definition():
    trace, data = trace_file(), data_file()
    found = feature_noise.measure(trace, data, {})
    draws = training_draw(data, 0)
    index, value = patches(draws, PATCH_CNN)
    noise = dense(index, value, 40)
    w = trace["w"].values[0, 3]
    for k, label in enumerate((-1, 1)):
        columns = range(k * 3, k * 3 + 3)
        assert found["feature"][0, 3, k] == pytest.approx(max(label * w[0, c] for c in columns))
        memory = [max(noise[i] @ w[:, c] for c in columns) for i in range(12) if draws["y"][i] == label]
        assert found["noise_min"][0, 3, k] == pytest.approx(min(memory))
        assert found["noise_max"][0, 3, k] == pytest.approx(max(memory))
    np.testing.assert_allclose(found["feature"], trace["feature"])


def test_lane_coordinates_override_the_settings():
    data = data_file(seeds=(0,))
    trace = trace_file(lanes={"sigma_p": [0.1, 0.4], "weight_decay": [0.0, 0.5], "seed": [0]})
    found = trained_lanes(trace)
    assert [lane.settings["sigma_p"] for lane in found] == [0.1, 0.1, 0.4, 0.4]
    assert [lane.optimizer["weight_decay"] for lane in found] == [0.0, 0.5, 0.0, 0.5]
    trace["w"][2] = trace["w"][0]
    noise = feature_noise.measure(trace, data, {})["noise_max"].values
    assert not np.allclose(noise[0], noise[2])


@pytest.mark.parametrize("q", [3, 4])
@pytest.mark.parametrize("decay", [0.0, 0.3])
def test_lemma_a7_is_the_autograd_gradient(q, decay):
    random = np.random.default_rng(q)
    settings = PATCH_CNN | {"q": q, "output_scale": 0.7}
    draws = sample(settings, 3)
    index, value = patches(draws, settings)
    w = random.normal(0, 0.5, (40, 6))
    noise = dense(index, value, 40)
    formula = lemma_gradient(w, noise, draws["y"], q, 0.7, decay)
    exact = gradient_formula.autograd(w, noise, draws["y"], q, 0.7, decay)
    np.testing.assert_allclose(formula, exact, rtol=1e-11, atol=1e-14)
    f = outputs(w, noise, draws["y"], settings)
    loss = np.mean(np.logaddexp(f[:, 0], f[:, 1]) - f[np.arange(12), (draws["y"] > 0).astype(int)])
    w[5, 1] += 1e-6
    f = outputs(w, noise, draws["y"], settings)
    moved = np.mean(np.logaddexp(f[:, 0], f[:, 1]) - f[np.arange(12), (draws["y"] > 0).astype(int)])
    plain = gradient_formula.autograd(w, noise, draws["y"], q, 0.7, 0.0)
    assert (moved - loss) / 1e-6 == pytest.approx(plain[5, 1], rel=1e-3, abs=1e-8)


def test_lemma_a7_keeps_its_digits_where_the_loss_is_tiny():
    draws = sample(PATCH_CNN, 0)
    noise = dense(*patches(draws, PATCH_CNN), 40)
    w = np.random.default_rng(0).normal(0, 0.3, (40, 6))
    w[0] = [-2, -2, -2, 2, 2, 2]
    formula = lemma_gradient(w, noise, draws["y"], 3)
    exact = gradient_formula.autograd(w, noise, draws["y"], 3, 1.0, 0.0)
    assert 0 < np.abs(exact).max() < 1e-6
    assert gradient_formula.relative(formula, exact) < 1e-13


def test_one_owner_is_exact_without_overlap_only():
    noise = np.array([[-0.2, 1.0, 0.0, 2.0], [0.2, 3.0, 4.0, 0.0]])
    np.testing.assert_array_equal(one_owner(noise), [[-0.2, 1, 0, 2], [0.2, 0, 4, 0]])
    apart = noise * [[1, 1, 0, 1], [1, 0, 1, 0]]
    np.testing.assert_array_equal(one_owner(apart), apart)


def test_gradient_formula_reports_overlap():
    trace, data = trace_file(), data_file()
    found = gradient_formula.measure(trace, data, {})
    assert found["lemma_a7_error"].max() < 1e-12
    assert found["lemma_a8_error"].max() < 1e-12
    assert found["kernel_error"].max() < 1e-12
    assert 0 < found["overlap_share"].max() < 1
    assert found["single_term_error"].max() > 1e-3
    assert np.isfinite(found["kernel_error"]).sum("snapshot").values.tolist() == [4, 4]


@pytest.mark.parametrize("decay", ["coupled", "decoupled"])
def test_next_update_is_what_torch_does(decay):
    rule = ADAM | {"decay_kind": decay}
    lane = Lane(0, 0, PATCH_CNN, rule, {})
    draws = sample(PATCH_CNN, 0)
    noise = dense(*patches(draws, PATCH_CNN), 40)
    start = np.random.default_rng(0).normal(0, 0.5, (40, 6))
    w, m, v = start, np.zeros_like(start), np.zeros_like(start)
    parameter = torch.tensor(start, requires_grad=True)
    kind = torch.optim.Adam if decay == "coupled" else torch.optim.AdamW
    optimizer = kind([parameter], lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=1e-2)
    for step in range(3):
        g, update = sign_regime.next_update(w, m, v, step, noise, draws["y"], lane)
        parameter.grad = torch.tensor(
            gradient_formula.autograd(parameter.detach().numpy(), noise, draws["y"], 3, 1.0, 0.0)
        )
        optimizer.step()
        shrink = 1 - 1e-3 * 1e-2 if decay == "decoupled" else 1
        w = shrink * w - update
        m, v = m + 0.1 * (g - m), v + 0.001 * (g * g - v)
        np.testing.assert_allclose(w, parameter.detach().numpy(), rtol=1e-9, atol=1e-12)


def test_sign_descent_agrees_with_itself():
    rule = ADAM | {"sign": True, "beta1": 0.0, "lr": 1e-6}
    found = sign_regime.measure(trace_file(optimizer=rule), data_file(), {})
    inside = found["regime_share"] > 0
    assert inside.any()
    assert (found["sign_agreement"].where(inside, 1) == 1).all()
    np.testing.assert_allclose(found["update_ratio"].where(inside, 1), 1)
    assert found["sign_agreement"].where(~inside).isnull().all()


def test_the_feature_margin_is_that_of_a_patch_without_noise():
    trace, data = trace_file(), data_file()
    found = feature_noise.measure(trace, data, {})["feature_margin"].values
    for k, label in enumerate((-1, 1)):
        f = outputs(trace["w"].values[1, 2], np.zeros((1, 40)), np.array([label]), PATCH_CNN)[0]
        assert found[1, 2, k] == pytest.approx(label * (f[1] - f[0]))


def test_lemma_c1_bounds_the_update_of_moments_that_gradients_left():
    data, lane = data_file(), Lane(0, 0, PATCH_CNN, ADAM, {})
    trace = trace_file()
    draws = training_draw(data, 0)
    noise = dense(*patches(draws, PATCH_CNN), 40)
    w = trace["w"].values[0, 0]
    m, v = np.zeros_like(w), np.zeros_like(w)
    for step in range(10):
        g, update = sign_regime.next_update(w, m, v, step, noise, draws["y"], lane)
        assert np.abs(update).max() <= sign_regime.most(lane, step + 1) * (1 + 1e-9)
        m, v, w = m + 0.1 * (g - m), v + 0.001 * (g * g - v), w - update
    descent = Lane(0, 0, PATCH_CNN, ADAM | {"sign": True}, {})
    assert np.isnan(sign_regime.most(descent, 1))


def test_last_visits_against_a_search_back_through_the_batches():
    trace, data = trace_file(), data_file()
    lane = trained_lanes(trace)[1]
    draws = training_draw(data, lane.seed)
    noise = dense(*patches(draws, PATCH_CNN), 40)
    w, step, size = trace["w"].values[1, 3], 30, 4
    age, gradient = last_visit.last_visits(w, noise, draws["y"], step, size, lane)
    assert age[0] == -1
    for k in range(1, 40):
        ago = [t for t in range(step + 1) if noise[batch_of(lane.seed, step - t, 12, size), k].any()]
        assert age[k] == (ago[0] if ago else -1)
        if ago:
            batch = batch_of(lane.seed, step - ago[0], 12, size)
            full = gradient_formula.autograd(w, noise[batch], draws["y"][batch], 3, 1.0, 0.0)
            np.testing.assert_allclose(gradient[k], full[k], rtol=1e-9, atol=1e-15)


def test_updates_by_age_follow_what_they_are_made_of():
    lane = Lane(0, 0, PATCH_CNN, ADAM | {"lr": 1e-9}, {})
    age = np.array([-1, 0, 0, 5, 40])
    gradient = np.array([[9.0], [1], [-1], [1], [1]])
    w = np.array([[1.0], [-1], [1], [-1], [-1]])
    update = np.array([[1.0], [1], [-1], [1], [-1]])
    found = last_visit.by_age(w, update, age, gradient, 4, lane)
    np.testing.assert_allclose(found["age_share"], [0.5, 0, 0.25, 0, 0.25, 0])
    np.testing.assert_array_equal(found["follows_gradient"], [1, np.nan, 1, np.nan, 0, np.nan])
    np.testing.assert_array_equal(found["follows_weight"], [0, np.nan, 0, np.nan, 1, np.nan])


def test_regime_counts():
    g = np.array([[1.0, -2.0, 0.1, 0.0]])
    share, agreement, ratio = sign_regime.regime(g, np.array([[0.5, 0.25, 9.0, 9.0]]), 0.5)
    assert (share, agreement, ratio) == (0.5, 0.5, 0.75)


@pytest.mark.parametrize("module", MEASURES)
def test_diverged_lanes_become_nan_and_leave_the_others_alone(module):
    trace, data = trace_file(), data_file()
    sound = module.measure(trace, data, OPTIONS)
    broken = module.measure(diverge(diverge(trace, 0), 1, 3), data, OPTIONS)
    assert broken["status"].values.tolist() == [2, 2]
    for name in set(sound.data_vars) - {"status", "diverged_step"}:
        assert broken[name][0].isnull().all()
    if module is feature_noise:
        np.testing.assert_array_equal(broken["feature"][1, :3], sound["feature"][1, :3])


@pytest.mark.parametrize("module", MEASURES)
def test_without_weights_there_is_one_clear_line(module):
    with pytest.raises(UserError, match="weights: true"):
        module.measure(trace_file().drop_vars("w"), data_file(), OPTIONS)


@pytest.mark.parametrize("module", [sign_regime, last_visit])
def test_sign_steps_ask_for_moments(module):
    with pytest.raises(UserError, match="moments: true"):
        module.measure(trace_file().drop_vars(["m", "v"]), data_file(), {})


def test_sign_regime_knows_no_regularizer():
    trace = trace_file()
    spec = json.loads(trace.attrs["spec_json"])
    trace.attrs["spec_json"] = json.dumps(
        spec | {"regularizer": NO_REGULARIZER | {"regularizer": "full_gradient", "reg_lambda": 0.1}}
    )
    with pytest.raises(UserError, match="measure sign_regime needs regularizer: none"):
        sign_regime.measure(trace, data_file(), {})


def test_every_quantity_has_a_name_and_units():
    for module in MEASURES:
        for variable in module.measure(trace_file(), data_file(), OPTIONS).data_vars.values():
            assert variable.attrs["long_name"]
            assert variable.attrs["units"]


def test_single_precision_is_measured_as_double():
    trace, data = trace_file(), data_file()
    single = trace.assign(w=trace["w"].astype(np.float32))
    found, expected = (errors.measure(one, data, OPTIONS) for one in (single, trace))
    np.testing.assert_allclose(found["train_loss"], expected["train_loss"], rtol=1e-4)


def test_gradient_size_is_that_of_the_regularized_loss():
    trace, data = trace_file(), data_file()
    found = gradient_size.measure(trace, data, {})
    draw = training_draw(data, 1)
    index, value = patches(draw, PATCH_CNN)
    noise = dense(index, value, PATCH_CNN["d"])
    w = trace["w"].values[1, 3]
    exact = gradient_formula.autograd(w, noise, draw["y"], 3, 1.0, ADAM["weight_decay"])
    assert found["gradient_l1"][1, 3] == pytest.approx(np.abs(exact).sum(), rel=1e-12)
    assert found["gradient_l2"][1, 3] == pytest.approx(np.linalg.norm(exact), rel=1e-12)
    decoupled = trace_file(optimizer=ADAM | {"decay_kind": "decoupled"})
    exact = gradient_formula.autograd(w, noise, draw["y"], 3, 1.0, 0.0)
    found = gradient_size.measure(decoupled, data, {})
    assert found["gradient_l2"][1, 3] == pytest.approx(np.linalg.norm(exact), rel=1e-12)
    assert np.isnan(gradient_size.measure(diverge(trace, 0, 2), data, {})["gradient_l1"][0, 2:]).all()
