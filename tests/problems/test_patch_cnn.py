"""Draws and compiled passes of the patch model, against definitions and float64 autograd."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from helpers import PATCH_CNN
from scipy import stats

from adamatlas.problems.patch_cnn.data import patches, sample
from adamatlas.problems.patch_cnn.kernels import Network, gradient, margins, workspace
from adamatlas.problems.patch_cnn.reference import Model
from adamatlas.problems.patch_cnn.sample import arrange
from adamatlas.regularizers.autograd import objective_gradient
from adamatlas.regularizers.penalty import penalty

SETTINGS = {**PATCH_CNN, "d": 60, "n_train": 20, "s": 13, "m": 5}


def arrays(settings: dict, seed: int = 0) -> tuple:
    draw = sample(settings, seed)
    index, value = patches(draw, settings)
    return draw, index.astype(np.uint32), value, draw["y"].astype(np.float64)


def test_the_training_draw_is_balanced_and_the_test_draw_is_not_forced_to_be():
    assert sample({**SETTINGS, "n_train": 200}, 0)["y"].sum() == 0
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


@pytest.mark.parametrize(
    ("sampler", "s", "index"),
    [("sparse", 13, [1, 2, 11, 16]), ("sparse", 59, [1, 2, 3, 4]), ("dense", 59, [1, 2, 3, 4])],
)
def test_draws_stay_what_they_are(sampler, s, index):
    draw = sample({**SETTINGS, "sampler": sampler, "s": s}, 3, "test", 5)
    assert draw["y"].tolist() == [1, -1, 1, 1, -1]
    assert draw["position"].tolist() == [0, 0, 0, 1, 0]
    assert draw["index"][4, :4].tolist() == index
    expected = [0.4879138802773444, -0.5286486005051083, 0.05392180122094866]
    np.testing.assert_allclose(draw["noise"][4, :3], expected, rtol=1e-14)


def test_disjoint_supports_share_no_coordinate():
    settings = {**SETTINGS, "sampler": "disjoint", "d": 41, "n_train": 8, "s": 5}
    index = sample(settings, 0)["index"]
    assert index.shape == (8, 5)
    assert sorted(index.ravel()) == list(range(1, 41))
    assert (np.diff(index) > 0).all()
    assert (index != sample(settings, 1)["index"]).any()
    sparse = {**settings, "sampler": "sparse"}
    for name, values in sample(settings, 0, "test", 50).items():
        np.testing.assert_array_equal(values, sample(sparse, 0, "test", 50)[name])


def compiled(settings: dict, draw: dict, w: np.ndarray, batch: np.ndarray, kind: str, weight: float) -> tuple:
    """(finite, gradient) of the compiled pass."""
    sample_ = arrange(draw, settings, "float64", full_batch=len(batch) == len(draw["y"]))
    network = Network(settings["q"], settings["output_scale"])
    what = penalty({"kind": kind, "weight": weight, "off_step": 1})
    work = workspace(len(batch), w.shape[1], "float64")
    g = np.zeros(w.shape)
    return gradient(w, g, batch, sample_, network, what.kind, what.weight, work), g


@pytest.mark.parametrize("kind", ["none", "per_example_gradient", "full_gradient"])
@pytest.mark.parametrize("sampler", ["sparse", "dense"])
@pytest.mark.parametrize("batch", [np.array([3, 0, 17]), np.arange(20)])
@pytest.mark.parametrize("q", [1, 2, 3, 4])
@pytest.mark.parametrize("output_scale", [1.0, 0.2])
def test_the_gradient_is_that_of_autograd(kind, sampler, batch, q, output_scale):
    settings = {**SETTINGS, "q": q, "output_scale": output_scale, "sampler": sampler}
    settings["s"] = 59 if sampler == "dense" else 13
    draw = sample(settings, 0)
    model = Model(settings, draw, 0)
    w = model.initial
    expected = objective_gradient(lambda leaf: model.losses(leaf)[batch], w, kind, 0.7)
    finite, g = compiled(settings, draw, w.numpy(), batch, kind, 0.7)
    assert finite
    np.testing.assert_allclose(g, expected.numpy(), rtol=1e-10, atol=1e-14)


def test_the_objective_of_double_backward_is_the_regularized_loss():
    """Against central differences of the objective, whose inner gradients come from plain autograd."""
    draw = sample(SETTINGS, 0)
    model, batch, weight = Model(SETTINGS, draw, 0), np.array([1, 4, 9]), 0.7

    def objective(w: torch.Tensor, kind: str) -> float:
        leaf = w.clone().requires_grad_()
        losses = model.losses(leaf)[batch]
        each = [torch.autograd.grad(loss, leaf, retain_graph=True)[0] for loss in losses]
        norms = torch.stack([(part**2).sum() for part in each])
        full = (torch.stack(each).mean(0) ** 2).sum()
        return float(
            losses.mean().detach() + weight * (norms.mean() if kind == "per_example_gradient" else full)
        )

    for kind in ("per_example_gradient", "full_gradient"):
        exact = objective_gradient(lambda leaf: model.losses(leaf)[batch], model.initial, kind, weight)
        way = torch.randn(exact.shape, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
        step = 1e-5
        slope = (
            objective(model.initial + step * way, kind) - objective(model.initial - step * way, kind)
        ) / (2 * step)
        assert slope == pytest.approx(float((exact * way).sum()), rel=1e-6)


def test_dense_noise_is_on_every_coordinate_but_the_signal():
    settings = {**SETTINGS, "sampler": "dense", "s": 59, "alpha": 0.0}
    laid = arrange(sample(settings, 0), settings, "float64")
    assert laid.dense.shape == (20, 60)
    assert not laid.dense[:, 0].any()
    assert laid.dense[:, 1:].all()
    np.testing.assert_allclose(laid.square, (laid.dense**2).sum(axis=1))


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
    w = np.full((60, 10), 1e200)
    w[:, :5] = -1e200
    assert not compiled(SETTINGS, sample(SETTINGS, 0), w, np.arange(20), "none", 0.0)[0]
