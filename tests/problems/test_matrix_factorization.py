"""Draws and compiled passes of the matrix factorization, against definitions and float64 autograd."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from helpers import train
from noisy import SETTINGS, data_file, train_spec

from adamatlas.engines import fused, reference
from adamatlas.problems.matrix_factorization.data import labels, sample
from adamatlas.problems.matrix_factorization.jacobian import jacobian
from adamatlas.problems.matrix_factorization.kernels import add_penalty_gradient, gradient, workspace
from adamatlas.problems.matrix_factorization.reference import Model
from adamatlas.regularizers.autograd import objective_gradient
from adamatlas.regularizers.penalty import penalty

BASE = SETTINGS["matrix_factorization"]


@pytest.mark.parametrize("rank", [1, 3, 5])
def test_the_truth_has_its_rank(rank):
    assert np.linalg.matrix_rank(sample({**BASE, "rank": rank}, 0)["truth"]) == rank


def test_fewer_measurements_are_the_first_of_more_and_share_the_truth():
    few, many = sample(BASE, 2), sample({**BASE, "n_train": 30}, 2)
    np.testing.assert_array_equal(few["measurement"], many["measurement"][:12])
    np.testing.assert_array_equal(few["truth"], many["truth"])


@pytest.mark.parametrize("kind", ["none", "per_example_gradient", "full_gradient"])
@pytest.mark.parametrize("depth", [2, 3, 4, 5])
@pytest.mark.parametrize("d", [1, 5, 10])
def test_the_gradient_is_that_of_autograd(depth, d, kind):
    settings = {**BASE, "depth": depth, "d": d, "rank": 1}
    draw = sample(settings, 0)
    model = Model(settings, draw, 0)
    w = np.random.default_rng(0).normal(size=(depth * d, d))
    chosen = np.array([3, 0, 11])
    model.noisy = model.y + 0.3
    expected = objective_gradient(lambda leaf: model.losses(leaf)[chosen], torch.tensor(w), kind, 0.7)
    g = np.zeros((depth * d, d))
    flat, target = draw["measurement"].reshape(12, -1), labels(draw)[chosen] + 0.3
    what = penalty({"kind": kind, "weight": 0.7, "off_step": 1})
    prefix, space, along = np.empty((depth, d, d)), np.empty((4, d, d)), workspace(depth, d, "float64")
    assert gradient(w, g, chosen, flat, target, prefix, space)
    add_penalty_gradient(w, g, chosen, flat, target, what.kind, what.weight, prefix, space, along)
    np.testing.assert_allclose(g, expected.numpy(), rtol=1e-10, atol=1e-12 * float(expected.abs().max()))


@pytest.mark.parametrize("depth", [2, 3])
def test_the_jacobian_is_that_of_autograd(depth):
    settings = {**BASE, "depth": depth}
    draw = sample(settings, 0)
    model = Model(settings, draw, 0)
    expected = torch.autograd.functional.jacobian(model.outputs, model.initial)
    np.testing.assert_allclose(
        jacobian(model.initial.numpy(), draw["measurement"]), expected, rtol=1e-10, atol=1e-13
    )


@pytest.mark.parametrize("kind", ["none", "per_example_gradient", "full_gradient"])
@pytest.mark.parametrize("preset", ["sgd", "adam", "adam_mini"])
def test_three_factors_agree_with_the_reference(preset, kind):
    regularizer = {"regularizer": kind, "reg_lambda": 0.01, "reg_factor": 1.0, "reg_off_epoch": 5}
    changes = {"settings": {"depth": 3}, "schedule": {"batch_size": 4}, "regularizer": regularizer}
    spec = train_spec("matrix_factorization", preset, **changes)
    data = data_file("matrix_factorization")
    np.testing.assert_allclose(train(fused, spec, data)["w"], train(reference, spec, data)["w"], rtol=1e-8)


def test_the_test_loss_is_the_expectation_over_measurements():
    trace = train(fused, train_spec("matrix_factorization"), data_file("matrix_factorization"))
    w = trace["w"].values[0, -1].reshape(2, 5, 5)
    draw = sample(BASE, 0, "test", 40_000)
    residual = np.tensordot(draw["measurement"], w[0] @ w[1] - draw["truth"], axes=2)
    assert float(trace["test_loss"][0, -1]) == pytest.approx(np.mean(residual**2), rel=0.05)
