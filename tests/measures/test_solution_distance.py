import json

import numpy as np
import pytest
from helpers import ADAM, PATCH_CNN, data_file, trace_file
from scipy.optimize import minimize

from adamatlas.errors import UserError
from adamatlas.measures import solution_distance as sd
from adamatlas.problems.patch_cnn.data import sample

OPTIONS = {"options": {"n_test": 200}}


def design(seed):
    x, y = sd.design(sample(PATCH_CNN, seed), PATCH_CNN)
    return x.toarray(), y


def linear_trace(decay):
    rule = ADAM | {"weight_decay": decay}
    return trace_file(optimizer=rule, shape=(1, 2 * PATCH_CNN["d"]), problem="linear")


def test_design_has_one_feature_patch():
    draw = sample(PATCH_CNN, 0)
    x, y = design(0)
    patches = x.reshape(12, 2, 40)
    for i in range(12):
        feature, noise = patches[i, draw["position"][i]], patches[i, 1 - draw["position"][i]]
        assert feature[0] == y[i]
        assert not feature[1:].any()
        assert noise[0] == pytest.approx(-0.2 * y[i])
        np.testing.assert_allclose(noise[draw["index"][i]], 0.4 * draw["noise"][i])


@pytest.mark.parametrize("decay", [1e-5, 1e-2, 0.1, 1.0])
def test_newton_finds_the_minimum(decay):
    x, y = design(0)
    found = sd.newton(x, y, decay)
    assert np.linalg.norm(sd.gradient(found, x, y, decay)) < 1e-12 * decay * np.linalg.norm(found)
    arguments = (x, y, decay)
    other = minimize(
        sd.objective, np.zeros(x.shape[1]), arguments, jac=sd.gradient, method="L-BFGS-B", tol=1e-14
    )
    assert sd.objective(found, *arguments) <= other.fun + 1e-12


def test_gradient_is_that_of_the_objective():
    x, y = design(0)
    w = np.random.default_rng(0).normal(size=x.shape[1])
    step = np.eye(x.shape[1])[7] * 1e-6
    slope = (sd.objective(w + step, x, y, 0.1) - sd.objective(w - step, x, y, 0.1)) / 2e-6
    assert sd.gradient(w, x, y, 0.1)[7] == pytest.approx(slope, rel=1e-6)


def test_the_solution_itself_has_distance_zero():
    trace = linear_trace(1e-2)
    x, y = design(1)
    trace["w"][1, -1, 0] = sd.newton(x, y, 1e-2)
    found = sd.measure(trace, data_file(), OPTIONS)
    assert found["distance"][1, -1] == 0
    assert found["objective_gap"][1, -1] == 0
    assert found["distance"][0, -1] > 0.1
    assert found["test_error"][1, -1] == found["solution_test_error"][1]
    np.testing.assert_array_equal(found["solution"], trace["w"][:, -1, 0])


def test_a_penalty_on_gradient_norms_is_refused():
    trace = linear_trace(0.1)
    spec = json.loads(trace.attrs["spec_json"])
    spec["regularizer"] |= {"regularizer": "full_gradient", "reg_lambda": 0.1}
    trace.attrs["spec_json"] = json.dumps(spec)
    with pytest.raises(UserError, match=r"measure solution_distance: .* needs regularizer: none"):
        sd.measure(trace, data_file(), OPTIONS)


def test_no_decay_has_no_solution():
    found = sd.measure(linear_trace(0.0), data_file(), OPTIONS)
    assert found["distance"].isnull().all()
    assert found["train_error"].notnull().all()


def test_divergence_keeps_the_last_finite_solution_out():
    trace = linear_trace(1e-2)
    trace["w"][0] = np.nan
    found = sd.measure(trace, data_file(), OPTIONS)
    assert found["solution"][0].isnull().all()
    assert found["distance"][0].isnull().all()
