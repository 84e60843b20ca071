"""The fused engine: against the reference engine, alone against together, whole against interrupted."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import xarray as xr
from helpers import ADAM, NO_REGULARIZER, PATCH_CNN, data_file, train, train_spec

from adamatlas.engines import fused, reference
from adamatlas.optimizers.presets import PRESETS
from adamatlas.problems.patch_cnn.data import dense_patches
from adamatlas.problems.patch_cnn.decomposition import basis
from adamatlas.regularizers import KINDS

LINEAR = {key: PATCH_CNN[key] for key in ("sampler", "d", "n_train", "s", "alpha", "sigma_p", "sigma_0")}


@pytest.mark.parametrize("preset", sorted(PRESETS))
@pytest.mark.parametrize("problem", ["patch_cnn", "linear"])
@pytest.mark.parametrize("batch_size", [4, 12])
def test_every_preset_agrees_with_the_reference_on_every_problem(preset, problem, batch_size):
    spec = train_spec(
        problem=problem,
        settings=PATCH_CNN if problem == "patch_cnn" else LINEAR,
        optimizer={**ADAM, "eps": 1e-6, **PRESETS[preset]},
        schedule={"batch_size": batch_size, "steps_per_epoch": 12 // batch_size, "moments": True},
    )
    one, other = train(fused, spec, data_file()), train(reference, spec, data_file())
    for name in ("w", "m", *(() if preset in PLAIN else ("v",))):
        np.testing.assert_allclose(one[name], other[name], rtol=1e-7, atol=1e-10, err_msg=name)
    xr.testing.assert_identical(one.drop_vars(["w", "m", "v", "feature"], errors="ignore"),
                                other.drop_vars(["w", "m", "v", "feature"], errors="ignore"))  # fmt: skip


PLAIN = {name for name, preset in PRESETS.items() if preset["sign"] or preset.get("v_exponent") == 0.0}


@pytest.mark.parametrize(
    ("problem", "kind"),
    [
        *itertools.product(("patch_cnn", "linear"), KINDS),
        ("patch_cnn", "gradient_covariance"),
    ],
)
@pytest.mark.parametrize("preset", ["gd", "adam", "adamw"])
@pytest.mark.parametrize("sampler", ["sparse", "dense"])
@pytest.mark.parametrize("batch_size", [4, 12])
def test_regularizers_agree_with_double_backward(kind, preset, sampler, problem, batch_size):
    settings = {**(PATCH_CNN | {"q": 2} if problem == "patch_cnn" else LINEAR), "sampler": sampler}
    settings["s"] = 39 if sampler == "dense" else 6
    spec = train_spec(
        problem=problem,
        settings=settings,
        optimizer={**ADAM, "eps": 1e-6, "lr": 1e-2, **PRESETS[preset]},
        regularizer={"regularizer": kind, "reg_lambda": 0.05, "reg_factor": 1.0, "reg_off_epoch": 12},
        schedule={"batch_size": batch_size, "steps_per_epoch": 12 // batch_size},
    )
    data = data_file(settings)
    one, other = train(fused, spec, data), train(reference, spec, data)
    np.testing.assert_allclose(one["w"], other["w"], rtol=1e-6, atol=1e-9)
    plain = train(fused, spec | {"regularizer": NO_REGULARIZER}, data)
    assert np.abs(plain["w"] - one["w"]).max() > 1e-4
    longer = train(fused, spec | {"regularizer": spec["regularizer"] | {"reg_off_epoch": None}}, data)
    before = one["step"].values <= 12 * spec["schedule"]["steps_per_epoch"]
    same = [np.array_equal(one["w"][:, k], longer["w"][:, k]) for k in range(len(before))]
    assert same == [bool(value) for value in before]


@pytest.mark.parametrize("kind", ["none", "per_example_gradient", "full_gradient", "gradient_covariance"])
@pytest.mark.parametrize("beta1", [0.0, 0.9])
@pytest.mark.parametrize("batch_size", [4, 12])
def test_the_span_of_the_data_holds_the_weights_of_gradient_descent(kind, beta1, batch_size):
    settings = {**PATCH_CNN, "sampler": "dense", "d": 60, "s": 59, "alpha": 0.0, "q": 2}
    spec = train_spec(
        optimizer={**ADAM, **PRESETS["gd"], "weight_decay": 0.0, "lr": 0.05, "beta1": beta1},
        regularizer={"regularizer": kind, "reg_lambda": 0.05, "reg_factor": 1.0, "reg_off_epoch": 12},
        schedule={"batch_size": batch_size, "steps_per_epoch": 12 // batch_size, "moments": True},
    )
    data = data_file(settings)
    spans, plain = (
        train(fused, spec | {"settings": settings | {"carry_in_span": choice}}, data)
        for choice in (True, False)
    )
    np.testing.assert_array_equal(spans["w"][:, 0], plain["w"][:, 0])
    assert np.abs(plain["w"][:, -1] - plain["w"][:, 0]).max() > 0.1
    for name in ("w", "m", "v", "feature"):
        np.testing.assert_allclose(spans[name], plain[name], rtol=1e-9, atol=1e-12, err_msg=name)
    assert (spans["w"].values != plain["w"].values).any()  # two ways to the same weights


def test_the_span_keeps_the_relative_precision_of_suppressed_noise():
    """What a run memorizes after a penalty of 300 epochs grows out of 1e-20: extended precision agrees."""
    settings = {**PATCH_CNN, "sampler": "dense", "d": 60, "s": 59, "alpha": 0.0, "q": 2}
    settings |= {"n_train": 6, "sigma_p": 1.0, "sigma_0": 0.01, "output_scale": 1.0}
    spec = train_spec(
        settings=settings,
        optimizer={**ADAM, **PRESETS["gd"], "weight_decay": 0.0, "lr": 0.01, "beta1": 0.0},
        regularizer={
            "regularizer": "per_example_gradient", "reg_lambda": 0.05, "reg_factor": 0.5, "reg_off_epoch": 300
        },
        schedule={"batch_size": 6, "steps_per_epoch": 1, "steps": 1500, "snapshots": 2},
        lanes={"seed": [0]},
    )  # fmt: skip
    data = data_file(settings, (0,))
    draw = {name: data[name].sel(seed=0).values for name in data.data_vars}
    vectors, y = basis(dense_patches(draw, settings)).astype(np.longdouble), draw["y"].astype(np.longdouble)
    spans, plain = (
        train(fused, spec | {"settings": settings | {"carry_in_span": choice}}, data)["w"].values[0]
        for choice in (True, False)
    )
    gram, products = vectors @ vectors.T, vectors @ spans[0].astype(np.longdouble)
    square, j, least = np.diag(gram), np.repeat([-1.0, 1.0], settings["m"]), np.inf
    for step in range(1500):
        weight = np.longdouble(0.05 if step < 300 else 0.0)
        a, z = np.maximum(y[:, None] * products[0], 0), np.maximum(products[1:], 0)
        slope = -1 / (1 + np.exp(y * ((a**2 + z**2) * j).sum(axis=1)))
        zeta = (a**2 + z**2 * square[1:, None]).sum(axis=1)
        pull = 2 * slope * (1 - 4 * weight * zeta * slope * (1 + slope)) / 6
        at_noise = pull[:, None] * j * y[:, None] * z
        at_noise += 4 * weight / 6 * (slope**2 * square[1:])[:, None] * z
        at_signal = (pull[:, None] * j * a + 4 * weight / 6 * (slope**2 * y)[:, None] * a).sum(axis=0)
        products = products - gram @ (np.vstack([at_signal, at_noise]) * np.longdouble(0.01))
        least = min(least, products[1:].max())
    assert 0 < least < 1e-19 < 1 < products[1:].max()
    found = vectors.astype(float) @ spans[-1]
    np.testing.assert_allclose(found, products.astype(float), rtol=1e-9, atol=1e-12)
    assert np.abs(plain[-1] - spans[-1]).max() > 0.1 * np.abs(spans[-1]).max()


@pytest.mark.parametrize(
    "change",
    [{"alpha": 0.2}, {"d": 40, "s": 39}, {"sampler": "sparse"}, {"weight_decay": 0.1}, {"v_exponent": 0.5}],
)
def test_the_span_is_left_alone_where_it_does_not_hold_the_weights(change):
    settings = {**PATCH_CNN, "sampler": "dense", "d": 60, "s": 59, "alpha": 0.0}
    optimizer = {**ADAM, **PRESETS["gd"], "weight_decay": 0.0, "beta1": 0.0}
    settings |= {key: value for key, value in change.items() if key in settings}
    optimizer |= {key: value for key, value in change.items() if key in optimizer}
    data = data_file(settings)
    one, other = (
        train(fused, train_spec(optimizer=optimizer, settings=settings | {"carry_in_span": choice}), data)
        for choice in (True, False)
    )
    xr.testing.assert_identical(one, other)


def test_a_regularizer_that_overshoots_is_recorded_as_diverged():
    lanes = {"reg_lambda": [0.0, 1e6], "seed": [0]}
    penalty = {"regularizer": "per_example_gradient", "reg_factor": 0.5, "reg_off_epoch": None}
    spec = train_spec(regularizer={**penalty, "reg_lambda": 0.0}, lanes=lanes)
    spec["optimizer"] = {**ADAM, **PRESETS["gd"], "lr": 1.0}
    trace = train(fused, spec, data_file())
    assert trace["status"].values.tolist() == [1, 2]
    oracle = train(reference, spec, data_file())
    np.testing.assert_array_equal(oracle["diverged_step"], trace["diverged_step"])


def test_lanes_alone_and_together_are_bit_identical_with_any_number_of_threads():
    lanes = {"lr": [1e-3, 1e-2], "sigma_0": [0.1, 0.3], "seed": [0, 1]}
    data = data_file()
    together = train(fused, train_spec(dtype="float32", lanes=lanes), data, threads=1)
    threaded = train(fused, train_spec(dtype="float32", lanes=lanes), data, threads=3)
    xr.testing.assert_identical(together, threaded)
    for number, lr in enumerate([1e-3, 1e-2]):
        alone = train(
            fused, train_spec(dtype="float32", lanes={"sigma_0": [0.3], "lr": [lr], "seed": [1]}), data
        )
        np.testing.assert_array_equal(alone["w"][0], together["w"][4 * number + 3])


def test_lane_values_override_the_spec():
    trace = train(fused, train_spec(lanes={"sigma_0": [0.0, 0.3], "seed": [0]}), data_file())
    assert not trace["w"][0, 0].any()
    assert trace["w"][1, 0].any()


def test_divergence_stops_that_lane_alone_and_is_recorded():
    spec = train_spec(
        optimizer={**ADAM, **PRESETS["sgd"]},
        settings={**PATCH_CNN, "sigma_0": 3.0},
        lanes={"lr": [1e-4, 1e6], "seed": [0]},
    )
    trace = train(fused, spec, data_file())
    assert trace["status"].values.tolist() == [1, 2]
    step = int(trace["diverged_step"][1])
    assert 0 < step < 60
    later = trace["step"].values > step
    assert np.isnan(trace["w"].values[1, later]).all()
    assert np.isnan(trace["feature"].values[1, later]).all()
    assert np.isfinite(trace["w"].values[0]).all()
    assert trace["diverged_step"][0] == -1
    oracle = train(reference, spec, data_file())
    np.testing.assert_array_equal(oracle["status"], trace["status"])
    np.testing.assert_array_equal(oracle["diverged_step"], trace["diverged_step"])


def test_without_weights_only_the_histories_are_kept():
    trace = train(fused, train_spec(schedule={"weights": False}), data_file())
    assert set(trace.data_vars) == {"feature", "status", "diverged_step"}
    full = train(fused, train_spec(), data_file())
    tops = full["w"].isel(row=0).values.reshape(2, 6, 2, 3)
    np.testing.assert_array_equal(trace["feature"][..., 0], (-tops[:, :, 0]).max(-1))
    np.testing.assert_array_equal(trace["feature"][..., 1], tops[:, :, 1].max(-1))


def test_the_last_snapshot_alone():
    trace = train(fused, train_spec(schedule={"snapshot_spacing": "last"}), data_file())
    assert trace["step"].values.tolist() == [60]


def test_optimizers_of_a_seed_start_from_the_same_weights():
    one = train(fused, train_spec(), data_file())
    two = train(fused, train_spec(optimizer={**ADAM, **PRESETS["signsgd"]}), data_file())
    np.testing.assert_array_equal(one["w"][:, 0], two["w"][:, 0])
    assert (one["w"][:, -1] != two["w"][:, -1]).any()
