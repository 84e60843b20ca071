"""Draws and compiled passes of the patch model, against definitions and float64 autograd."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from helpers import PATCH_CNN
from scipy import stats

from adamatlas.problems.patch_cnn.data import patches, sample
from adamatlas.problems.patch_cnn.kernels import gradient, margins
from adamatlas.problems.patch_cnn.reference import Model

SETTINGS = {**PATCH_CNN, "d": 60, "n": 20, "s": 13, "m": 5}


def arrays(settings: dict, seed: int = 0) -> tuple:
    draw = sample(settings, seed)
    index, value = patches(draw, settings)
    return draw, index.astype(np.uint32), value, draw["y"].astype(np.float64)


def test_the_training_draw_is_balanced_and_the_test_draw_is_not_forced_to_be():
    assert sample({**SETTINGS, "n": 200}, 0)["y"].sum() == 0
    sums = [int(sample(SETTINGS, seed, "test", 200)["y"].sum()) for seed in range(5)]
    assert any(sums)


def test_noise_lies_on_s_coordinates_off_the_feature():
    draw, index, value, y = arrays(SETTINGS)
    assert index.shape == (20, 14)
    assert (index[:, :-1] >= 1).all()
    assert (np.diff(draw["index"], axis=1) > 0).all()
    np.testing.assert_allclose(value[:, -1], -SETTINGS["alpha"] * y)
    assert (index[:, -1] == 0).all()


def test_noise_has_the_standard_deviation_sigma_p():
    settings = {**SETTINGS, "d": 200, "s": 100, "sigma_p": 0.3}
    _, value = patches(sample(settings, 0, "test", 500), settings)
    assert stats.kstest(value[:, :-1].ravel() / 0.3, "norm").pvalue > 1e-3


def test_draws_do_not_depend_on_how_many_are_asked_for():
    few, many = sample(SETTINGS, 2, "test", 3), sample(SETTINGS, 2, "test", 9)
    for name in ("index", "noise"):
        np.testing.assert_array_equal(few[name], many[name][:3])


@pytest.mark.parametrize("q", [2, 3, 4])
@pytest.mark.parametrize("output_scale", [1.0, 0.2])
def test_the_gradient_is_that_of_autograd(q, output_scale):
    settings = {**SETTINGS, "q": q, "output_scale": output_scale}
    draw, index, value, y = arrays(settings)
    model = Model(settings, draw, 0)
    w = model.initial.clone().requires_grad_()
    batch = np.array([3, 0, 17])
    (expected,) = torch.autograd.grad(model.losses(w)[batch].mean(), w)
    g = np.zeros(w.shape)
    assert gradient(w.detach().numpy(), g, batch, index, value, y, q, output_scale, np.empty((4, w.shape[1])))
    np.testing.assert_allclose(g, expected.numpy(), rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("m", [1, 3, 20])
def test_margins_are_those_of_the_definition(m):
    settings = {**SETTINGS, "m": m}
    draw, index, value, y = arrays(settings)
    model = Model(settings, draw, 0)
    outputs = model.outputs(model.initial)
    expected = model.y * (outputs[:, 1] - outputs[:, 0])
    got = margins(model.initial.numpy(), index, value, y, 3, 1.0)
    np.testing.assert_allclose(got, expected.numpy(), rtol=1e-12, atol=1e-15)


def test_an_overflowing_margin_is_reported():
    _, index, value, y = arrays(SETTINGS)
    w = np.full((60, 10), 1e200)
    w[:, :5] = -1e200
    assert not gradient(w, np.zeros_like(w), np.arange(20), index, value, y, 3, 1.0, np.empty((4, 10)))
