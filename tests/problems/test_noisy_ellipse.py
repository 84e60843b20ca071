"""The noisy ellipse against its definition, and where its optimizers end."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import xarray as xr
from helpers import train
from noisy import SETTINGS, assert_agree, data_file, train_spec

from adamatlas.engines import fused, reference, run
from adamatlas.optimizers.presets import PRESETS
from adamatlas.problems.noisy_ellipse.fused import scalars
from adamatlas.problems.noisy_ellipse.kernels import gradient, level
from adamatlas.problems.noisy_ellipse.reference import Model
from adamatlas.regularizers.autograd import objective_gradient

BASE = SETTINGS["noisy_ellipse"]


@pytest.mark.parametrize(
    ("kind", "weight"), [("none", 0.0), ("per_example_gradient", 0.7), ("full_gradient", 0.7)]
)
@pytest.mark.parametrize("point", [(1.0, 0.3), (-0.7, 0.7), (2.0, -1.5)])
def test_the_gradient_is_that_of_autograd(point, kind, weight):
    model = Model(BASE, {}, 0)
    w = torch.tensor([point], dtype=torch.float64)
    expected = objective_gradient(model.losses, w, kind, weight)
    q, qx, qy = level(*point, 2.0, 1.0)
    np.testing.assert_allclose([gradient(q - 1, qx, qy, 2.0, 1.0, weight)], expected, rtol=1e-12)


@pytest.mark.parametrize("angle", [-2.0, 0.0, 0.4, 1.6, 3.0])
def test_it_starts_at_its_angle_where_the_hessian_is_that_of_autograd(angle):
    model = Model({**BASE, "start_angle": angle, "start_scale": 1.0}, {}, 0)
    found = scalars(model.initial.numpy(), BASE)
    assert found["angle"] == pytest.approx(angle)
    assert found["excess"] == pytest.approx(0.0, abs=1e-12)
    hessian = torch.autograd.functional.hessian(lambda w: model.losses(w).sum(), model.initial).reshape(2, 2)
    assert found["trace_h"] == pytest.approx(float(hessian.trace()))
    assert found["trace_sqrt_h"] == pytest.approx(float(hessian.diagonal().sqrt().sum()))


def test_sgd_ends_at_a_tip_and_adam_nearer_an_axis():
    ends = {}
    for preset, numbers, steps in (
        ("sgd", {"lr": 1e-2}, 200_000),
        ("adam", {"lr": 3e-3, "beta2": 0.9999}, 400_000),
    ):
        spec = train_spec(
            "noisy_ellipse", preset, optimizer={**numbers, "bias_correction": False},
            settings={"start_angle": 1.2, "start_scale": 1.0}, schedule={"steps": steps},
        )  # fmt: skip
        trace = train(fused, spec, data_file("noisy_ellipse"))
        x, y = np.abs(trace["w"].values[:, -1, 0]).T
        ends[preset] = np.minimum(x, y) / np.maximum(x, y)
    assert (ends["sgd"] > 0.93).all()
    assert (ends["adam"] < 0.8).all()


NOISE = {"gradient_noise_x": 0.3, "gradient_noise_y": 0.1}


@pytest.mark.parametrize("preset", sorted(PRESETS))
def test_gradient_noise_agrees_with_the_reference(preset):
    spec = train_spec("noisy_ellipse", preset, settings=NOISE)
    one = train(fused, spec, data_file("noisy_ellipse"))
    assert_agree(one, train(reference, spec, data_file("noisy_ellipse")), spec)
    without = train(fused, train_spec("noisy_ellipse", preset), data_file("noisy_ellipse"))
    assert (one["w"] != without["w"])[:, -1].any()


def test_gradient_noise_is_that_of_its_step_however_a_run_is_cut(monkeypatch):
    spec = train_spec("noisy_ellipse", "sgd", settings=NOISE, schedule={"steps": 1000})
    whole = train(fused, spec, data_file("noisy_ellipse"))
    monkeypatch.setattr(run, "CHUNK_SECONDS", 1e-9)
    xr.testing.assert_identical(train(fused, spec, data_file("noisy_ellipse")), whole)


def test_gradient_noise_has_its_scales_and_no_memory():
    pairs = np.array([Model(BASE | NOISE, {}, 3).gradient_noise(step)[0].numpy() for step in range(4000)])
    np.testing.assert_allclose(np.cov(pairs.T), np.diag([0.09, 0.01]), atol=0.005)
    assert np.abs(pairs.mean(0)).max() < 0.02
    assert abs(np.corrcoef(pairs[1:, 0], pairs[:-1, 0])[0, 1]) < 0.06
