"""Draws and compiled passes of the diagonal network, against definitions and float64 autograd."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from helpers import train
from noisy import SETTINGS, data_file, train_spec

from adamatlas.engines import fused
from adamatlas.problems.diagonal_net.data import labels, sample, signs
from adamatlas.problems.diagonal_net.kernels import gradient, outputs
from adamatlas.problems.diagonal_net.reference import Model
from adamatlas.regularizers.autograd import objective_gradient
from adamatlas.regularizers.penalty import penalty

BASE = SETTINGS["diagonal_net"]


@pytest.mark.parametrize("d", [1, 31, 32, 64, 70, 200])
def test_inputs_are_fair_signs_and_labels_are_inner_products(d):
    draw = sample({**BASE, "d": d, "kappa": 1, "n_train": 500}, 0)
    x = signs(draw["bits"], d)
    assert x.shape == (500, d)
    assert set(np.unique(x)) == {-1, 1}
    assert abs(x.mean()) < 5 / np.sqrt(x.size)
    np.testing.assert_allclose(labels(draw), x @ draw["truth"])


@pytest.mark.parametrize(("truth", "low", "high"), [("signs", 1.0, 1.0), ("uniform", 0.01, 1.0)])
def test_the_truth_is_sparse(truth, low, high):
    values = np.array(
        [sample({**BASE, "true_weights": truth, "kappa": 20}, seed)["truth"] for seed in range(30)]
    )
    assert (np.count_nonzero(values, axis=1) == 20).all()
    sizes = np.abs(values[values != 0])
    assert sizes.min() >= low
    assert sizes.max() <= high
    assert abs((values > 0).sum() - 300) < 5 * np.sqrt(150)


def test_fewer_examples_are_the_first_of_more_and_share_the_truth():
    few, many = sample(BASE, 2), sample({**BASE, "n_train": 30}, 2)
    np.testing.assert_array_equal(few["bits"], many["bits"][:12])
    np.testing.assert_array_equal(few["truth"], many["truth"])


@pytest.mark.parametrize("kind", ["none", "per_example_gradient", "full_gradient"])
@pytest.mark.parametrize("d", [5, 32, 70, 300])
def test_the_gradient_is_that_of_autograd(d, kind):
    draw = sample({**BASE, "d": d}, 0)
    model = Model({**BASE, "d": d}, draw, 0)
    w = np.random.default_rng(0).normal(size=(2, d))
    chosen = np.array([3, 0, 11])
    model.noisy = model.y + 0.3
    expected = objective_gradient(lambda leaf: model.losses(leaf)[chosen], torch.tensor(w), kind, 0.7)
    g, x = np.zeros((2, d)), signs(draw["bits"], d)
    target = labels(draw)[chosen] + 0.3
    what = penalty({"kind": kind, "weight": 0.7, "off_step": 1})
    assert gradient(w, g, chosen, x, target, what.kind, what.weight, np.empty((3, d)))
    np.testing.assert_allclose(g, expected.numpy(), rtol=1e-11, atol=1e-12)
    np.testing.assert_allclose(outputs(w, x), model.outputs(torch.tensor(w)), rtol=1e-12)


def test_the_test_loss_is_the_expectation_over_inputs():
    trace = train(fused, train_spec("diagonal_net"), data_file("diagonal_net"))
    w = trace["w"].values[0, -1]
    draw = sample(BASE, 0, "test", 40_000)
    residual = signs(draw["bits"], BASE["d"]) @ (w[0] ** 2 - w[1] ** 2 - draw["truth"])
    assert float(trace["test_loss"][0, -1]) == pytest.approx(0.5 * np.mean(residual**2), rel=0.03)


def test_support_is_recovered_by_sgd_with_enough_data():
    settings = {"n_train": 60, "start": "constant", "init_scale": 0.1, "label_noise_scale": 0.1}
    spec = train_spec(
        "diagonal_net", "sgd", settings=settings, optimizer={"lr": 2e-3}, schedule={"steps": 20_000}
    )
    trace = train(fused, spec, data_file("diagonal_net", settings))
    assert (trace["support"].values[:, -1] == 1.0).all()
    assert (trace["test_loss"].values[:, -1] < 0.1).all()
    assert (trace["test_loss"].values[:, 0] == 1.5).all()


def test_divergence_is_recorded():
    spec = train_spec("diagonal_net", "sgd", optimizer={"lr": 10.0})
    trace = train(fused, spec, data_file("diagonal_net"))
    assert trace["status"].values.tolist() == [2, 2]
    assert (trace["diverged_step"].values > 0).all()
