"""The linear model against float64 autograd."""

from __future__ import annotations

import numpy as np
import pytest
from helpers import PATCH_CNN

from adamatlas.problems.linear.data import pairs, sample
from adamatlas.problems.linear.kernels import gradient, margins
from adamatlas.problems.linear.reference import Model
from adamatlas.regularizers.autograd import objective_gradient
from adamatlas.regularizers.penalty import penalty

SETTINGS = {key: PATCH_CNN[key] for key in ("sampler", "d", "n_train", "s", "alpha", "sigma_p", "sigma_0")}


def test_an_input_holds_the_feature_patch_and_the_noise_patch():
    draw = sample(SETTINGS, 0)
    x = Model(SETTINGS, draw, 0).x.numpy().reshape(12, 2, 40)
    rows = np.arange(12)
    feature, noise = x[rows, draw["position"]], x[rows, 1 - draw["position"]]
    np.testing.assert_array_equal(feature[:, 0], draw["y"])
    assert not feature[:, 1:].any()
    np.testing.assert_allclose(noise[:, 0], -SETTINGS["alpha"] * draw["y"])
    assert ((noise[:, 1:] != 0).sum(1) == SETTINGS["s"]).all()
    assert set(draw["position"]) == {0, 1}


@pytest.mark.parametrize("kind", ["none", "per_example_gradient", "full_gradient"])
def test_gradient_and_margins_are_those_of_autograd(kind):
    draw = sample(SETTINGS, 1)
    model = Model(SETTINGS, draw, 1)
    index, value = pairs(draw, SETTINGS)
    y = draw["y"].astype(np.float64)
    batch = np.array([2, 5, 11, 7])
    expected = objective_gradient(lambda leaf: model.losses(leaf)[batch], model.initial, kind, 0.7)
    weights = model.initial.numpy()
    g = np.zeros(weights.shape)
    what = penalty({"kind": kind, "weight": 0.7, "off_step": 1})
    assert gradient(weights, g, batch, index.astype(np.uint32), value, y, what.kind, what.weight)
    np.testing.assert_allclose(g, expected.numpy(), rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(
        margins(weights, index.astype(np.uint32), value, y), (model.y * (model.x @ model.initial[0])).numpy()
    )
