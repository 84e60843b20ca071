"""Measures of the problems with label noise, on traces of the engine."""

from __future__ import annotations

import json

import numpy as np
import pytest
import xarray as xr
from helpers import train
from noisy import SETTINGS, data_file, train_spec

from adamatlas.engines import fused
from adamatlas.errors import UserError
from adamatlas.measures import late_loss, loss_floor, sharpness, slow_ode, slow_sde, stationarity
from adamatlas.measures.late_loss import end_of_run

PLAIN = {"bias_correction": False}


def run(problem: str, preset: str = "adam", **changes) -> tuple[xr.Dataset, xr.Dataset]:
    spec = train_spec(problem, preset, optimizer=PLAIN | changes.pop("optimizer", {}), **changes)
    data = data_file(problem, spec["settings"])
    return train(fused, spec, data).assign_attrs(spec_json=json.dumps(spec)), data


@pytest.mark.parametrize("problem", sorted(SETTINGS))
def test_sharpness_agrees_with_the_engines_histories(problem):
    trace, data = run(problem)
    found = sharpness.measure(trace, data, {})
    for e, name in ((1.0, "trace_h"), (0.5, "trace_sqrt_h")):
        np.testing.assert_allclose(found["trace_power"].sel(exponent=e), trace[name], rtol=1e-10)
    assert np.isfinite(found["trace_power_exact"].sel(exponent=1.0)).all()
    assert found["quasi_norm"].dims == ("lane", "snapshot", "exponent")


def test_the_quasi_norm_is_of_what_the_network_computes():
    trace, data = run("diagonal_net")
    w = trace["w"].values
    expected = np.abs(w[:, :, 0] ** 2 - w[:, :, 1] ** 2).sum(-1)
    np.testing.assert_allclose(sharpness.measure(trace, data, {})["quasi_norm"].sel(exponent=1.0), expected)


@pytest.mark.parametrize("preset", ["sgd", "adam"])
def test_the_ode_tracks_the_ellipse_better_at_smaller_rates(preset):
    worst = []
    for lr in (0.01, 0.0025):
        spec = {"lr": lr, "beta2": 1 - lr**2, "eps": 1e-8}
        trace, data = run(
            "noisy_ellipse", preset, optimizer=spec, schedule={"steps": round(2 / lr**2)},
            settings={"start_angle": 1.2, "start_scale": 1.0},
        )  # fmt: skip
        found = slow_ode.measure(trace, data, {})
        assert np.ptp(found["projected"].values[:, 1:], axis=1).max() > 0.03
        worst.append(float(found["ode_error"].sel(factor="corrected").max("snapshot").mean()))
    assert worst[1] < worst[0] < 0.2
    assert worst[1] < 0.05


def test_twice_the_drift_is_told_apart_where_nothing_else_sets_the_pace():
    trace, data = run(
        "noisy_ellipse", "sgd", optimizer={"lr": 0.01}, schedule={"steps": 200_000},
        settings={"start_angle": 1.2, "start_scale": 1.0},
    )  # fmt: skip
    gap = slow_ode.measure(trace, data, {})["ode_gap"]
    assert (gap.sel(factor="corrected") < 0.2).all()
    assert (gap.sel(factor="printed") > 2 * gap.sel(factor="corrected")).all()


def test_the_ode_stays_beside_a_diagonal_net():
    lr = 5e-4
    trace, data = run(
        "diagonal_net", optimizer={"lr": lr, "beta2": 1 - lr**2}, schedule={"steps": 200_000},
        settings={"start": "constant", "init_scale": 0.3, "label_noise": "rademacher"},
    )  # fmt: skip
    found = slow_ode.measure(trace, data, {})
    moved = np.linalg.norm(found["projected"][:, -1] - found["projected"][:, 1], axis=-1)
    assert (found["ode_error"].sel(factor="corrected")[:, -1] < 0.2 * moved).all()


def test_the_ode_needs_moments_and_no_bias_correction():
    trace, data = run("noisy_ellipse")
    with pytest.raises(UserError, match="moments: true"):
        slow_ode.measure(trace.drop_vars("v"), data, {})
    trace, data = run("noisy_ellipse", optimizer={"bias_correction": True})
    with pytest.raises(UserError, match="bias_correction: false"):
        slow_ode.measure(trace, data, {})
    trace, data = run("noisy_ellipse", "signsgd")
    with pytest.raises(UserError, match="needs sign: false"):
        stationarity.measure(trace, data, {})


SCATTERED = {"gradient_noise_x": 0.4, "gradient_noise_y": 0.15, "start_angle": 0.0, "start_scale": 1.0}


@pytest.mark.parametrize(("preset", "lr", "end"), [("sgd", 0.05, 3.0), ("adam", 0.03, 0.75)])
def test_the_slow_sde_gives_the_distribution_of_runs(preset, lr, end):
    seeds = list(range(300))
    spec = train_spec(
        "noisy_ellipse", preset, settings=SCATTERED, lanes={"seed": seeds},
        optimizer=PLAIN | {"lr": lr, "beta2": 1 - 10 * lr**2}, schedule={"steps": round(end / lr**2)},
    )  # fmt: skip
    data = data_file("noisy_ellipse", SCATTERED, seeds)
    trace = train(fused, spec, data).assign_attrs(spec_json=json.dumps(spec))
    found = slow_sde.measure(trace, data, {}).isel(snapshot=-1)
    angle, mean, within = (found[name].values for name in ("projected_angle", "sde_mean", "sde_variance"))
    variance = (within + (mean - mean.mean()) ** 2).mean()
    assert abs((angle - mean).mean()) < 0.2 * variance**0.5
    assert angle.var() == pytest.approx(variance, rel=0.25)
    assert variance > 0.1
    one = trace.isel(lane=[7]).assign_attrs(spec_json=json.dumps(spec | {"lanes": {"seed": [7]}}))
    alone = slow_sde.measure(one, data, {}).isel(snapshot=-1)
    np.testing.assert_allclose(alone["sde_mean"], mean[[7]], rtol=1e-10)


def test_the_slow_sde_leaves_out_what_diverged_and_needs_what_the_ode_needs():
    lanes = {"lr": [1e-3, 1e3], "seed": [0, 1]}
    trace, data = run("noisy_ellipse", "sgd", settings=SCATTERED, lanes=lanes)
    found = slow_sde.measure(trace, data, {})
    assert np.isfinite(found["sde_mean"][:2, 1:]).all()
    assert np.isnan(found["sde_mean"][2:]).all()
    np.testing.assert_allclose(found["slow_time"][2], trace["step"] * 1e6)
    with pytest.raises(UserError, match="bias_correction: false"):
        slow_sde.measure(*run("noisy_ellipse", optimizer={"bias_correction": True}), {})
    with pytest.raises(UserError, match="needs v_block: coordinate"):
        slow_sde.measure(*run("noisy_ellipse", "adasgd"), {})


@pytest.mark.parametrize("measure", [slow_ode, stationarity, loss_floor])
def test_the_theory_of_label_noise_refuses_other_noise(measure):
    with pytest.raises(UserError, match="set gradient_noise_x and gradient_noise_y to 0"):
        measure.measure(*run("noisy_ellipse", settings={"gradient_noise_y": 0.1}), {})


@pytest.mark.parametrize("measure", [slow_ode, stationarity])
def test_an_explicit_regularizer_is_refused(measure):
    regularizer = {
        "regularizer": "full_gradient",
        "reg_lambda": 0.1,
        "reg_factor": 1.0,
        "reg_off_epoch": None,
    }
    trace, data = run("noisy_ellipse", regularizer=regularizer)
    with pytest.raises(UserError, match="the slow ODE of li2025 needs regularizer: none"):
        measure.measure(trace, data, {})


def test_sgd_becomes_stationary_on_the_ellipse():
    trace, data = run(
        "noisy_ellipse", "sgd", optimizer={"lr": 3e-2}, schedule={"steps": 400_000},
        settings={"start_angle": 1.2, "start_scale": 1.0},
    )  # fmt: skip
    found = stationarity.measure(trace, data, {})
    assert (found["stationarity"][:, 0] > 0.1).all()
    assert (found["stationarity"][:, -1] < 0.05).all()
    np.testing.assert_allclose(found["manifold_distance"][:, 0], 0, atol=1e-10)


@pytest.mark.parametrize("preset", ["sgd", "adasgd"])
def test_the_loss_and_its_floor_along_a_run(preset):
    """On the ellipse: (q - 1)^2 / 2, and lr alpha/4 s tr(H) with one s for both coordinates."""
    trace, data = run(
        "noisy_ellipse", preset, optimizer={"lr": 2e-3, "eps": 0.0}, schedule={"steps": 2000},
        settings={"start_angle": 1.2, "start_scale": 1.0},
    )  # fmt: skip
    found = loss_floor.measure(trace, data, {})
    s = 1.0 if preset == "sgd" else trace["v"].values[:, 1:, 0, 0] ** -0.5
    np.testing.assert_allclose(found["excess_loss"], trace["excess"] ** 2 / 2, rtol=1e-9, atol=1e-25)
    expected = 2e-3 * 0.25 / 4 * s * trace["trace_h"][:, 1:]
    np.testing.assert_allclose(found["loss_floor"][:, 1:], expected, rtol=0.2)


def test_a_burst_is_reported_and_not_averaged():
    step = np.arange(41) * 1000
    loss = np.full(41, 0.1)
    assert end_of_run(loss, step) == pytest.approx(
        {"late_loss": 0.1, "burst_share": 0.0, "burst_loss": 0.1, "last_loss": 0.1}
    )
    loss[38:] = 60.0
    found = end_of_run(loss, step)
    assert found["late_loss"] == pytest.approx(0.1)
    assert found["burst_share"] == pytest.approx(3 / 11)
    assert (found["burst_loss"], found["last_loss"]) == (60.0, 60.0)


def test_a_diverged_run_has_no_late_loss():
    loss = np.full(41, 0.1)
    loss[-2:] = np.nan
    assert all(np.isnan(value) for value in end_of_run(loss, np.arange(41)).values())


def test_late_loss_passes_the_histories_on():
    trace, data = run("diagonal_net", schedule={"weights": False, "moments": False})
    found = late_loss.measure(trace, data, {})
    np.testing.assert_array_equal(found["test_loss"], trace["test_loss"])
    np.testing.assert_allclose(found["last_loss"], trace["test_loss"][:, -1])
    assert np.isfinite(found["late_loss"]).all()
