"""What every problem with label noise promises: its reference, lanes alone, cuts, and the noise itself."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from helpers import Interrupt, train
from noisy import NO_REGULARIZER, SETTINGS, assert_agree, data_file, train_spec
from scipy import stats

from adamatlas.engines import fused, reference, run
from adamatlas.optimizers.presets import PRESETS
from adamatlas.problems.label_noise import KINDS, batch_noise, fill

BATCHES = [
    (problem, size)
    for problem in SETTINGS
    for size in (1, 4, 12)
    if "n_train" in SETTINGS[problem] or size == 1
]
FAST = [
    ("noisy_ellipse", {}),
    ("diagonal_net", {}),
    ("diagonal_net", {"batch_size": 4}),
    ("matrix_factorization", {"batch_size": 4}),
]


@pytest.mark.parametrize(("problem", "batch_size"), BATCHES)
@pytest.mark.parametrize("preset", sorted(PRESETS))
def test_every_preset_agrees_with_the_reference(problem, batch_size, preset):
    spec = train_spec(problem, preset, schedule={"batch_size": batch_size})
    assert_agree(train(fused, spec, data_file(problem)), train(reference, spec, data_file(problem)), spec)


@pytest.mark.parametrize(("problem", "batch_size"), BATCHES)
@pytest.mark.parametrize("kind", ["per_example_gradient", "full_gradient"])
@pytest.mark.parametrize("preset", ["sgd", "adamw", "adalayer"])
def test_regularizers_agree_with_double_backward(problem, batch_size, kind, preset):
    schedule = {"batch_size": batch_size}
    per_epoch = SETTINGS[problem].get("n_train", 1) // batch_size
    regularizer = {
        "regularizer": kind,
        "reg_lambda": 5e-3,
        "reg_factor": 1.0,
        "reg_off_epoch": 12 // per_epoch,
    }
    spec = train_spec(problem, preset, schedule=schedule, regularizer=regularizer)
    data = data_file(problem)
    one = train(fused, spec, data)
    assert_agree(one, train(reference, spec, data), spec)
    plain = train(fused, spec | {"regularizer": NO_REGULARIZER}, data)
    longer = train(fused, spec | {"regularizer": regularizer | {"reg_off_epoch": None}}, data)
    assert np.abs(plain["w"] - one["w"]).values[:, 1:].max(axis=(0, 2, 3)).min() > 1e-6
    same = [np.array_equal(one["w"][:, k], longer["w"][:, k]) for k in range(one.sizes["snapshot"])]
    assert same == [step <= 12 for step in one["step"].values]


@pytest.mark.parametrize("problem", sorted(SETTINGS))
@pytest.mark.parametrize(
    "optimizer",
    [
        {"v_exponent": 0.25, "bias_correction": False},
        {"v_exponent": 0.75, "v_floor": 0.1},
        {"v_exponent": 0.001},
        {"v_exponent": 0.0},
        {"v_exponent": 0.5, "v_floor": 0.01, "bias_correction": False},
        {"v_exponent": 0.5, "weight_decay": 0.1},
    ],
)
def test_exponents_floors_and_bias_correction_agree_with_the_reference(problem, optimizer):
    spec = train_spec(problem, "adame", optimizer=optimizer)
    assert_agree(train(fused, spec, data_file(problem)), train(reference, spec, data_file(problem)), spec)


@pytest.mark.parametrize(("problem", "preset", "different"), [
    ("diagonal_net", "adalayer", True), ("matrix_factorization", "adalayer", True),
    ("matrix_factorization", "adam_mini", True), ("noisy_ellipse", "adalayer", False),
])  # fmt: skip
def test_blocks_of_a_network_with_layers_differ(problem, preset, different):
    one, other = (train(fused, train_spec(problem, name), data_file(problem)) for name in (preset, "adasgd"))
    assert (one["w"].values[:, -1] != other["w"].values[:, -1]).any() == different


@pytest.mark.parametrize(("problem", "schedule"), FAST)
@pytest.mark.parametrize("preset", ["sgd", "sgdm", "adam", "adalayer"])
def test_lanes_alone_and_together_are_bit_identical(problem, schedule, preset):
    lanes = {"lr": [1e-4, 1e-3], "label_noise_scale": [0.0, 0.5], "seed": [0, 1]}
    spec = train_spec(problem, preset, dtype="float32", schedule=schedule, lanes=lanes)
    together = train(fused, spec, data_file(problem), threads=3)
    alone = train(
        fused, spec | {"lanes": {"label_noise_scale": [0.5], "lr": [1e-4], "seed": [1]}}, data_file(problem)
    )
    place = {"label_noise_scale": 1, "lr": 0, "seed": 1}
    number = place["label_noise_scale"] * 4 + place["lr"] * 2 + place["seed"]
    for name in ("w", "m", "v"):
        np.testing.assert_array_equal(alone[name][0], together[name][number])


@pytest.mark.parametrize(("problem", "schedule"), FAST)
@pytest.mark.parametrize("preset", ["sgd", "sgdm", "adam", "adalayer"])
@pytest.mark.parametrize("chunk_seconds", [1e-9, 10.0])
def test_the_cut_into_chunks_does_not_matter(monkeypatch, problem, schedule, preset, chunk_seconds):
    spec = train_spec(problem, preset, dtype="float32", schedule=schedule)
    whole = train(fused, spec, data_file(problem))
    monkeypatch.setattr(run, "CHUNK_SECONDS", chunk_seconds)
    xr.testing.assert_identical(train(fused, spec, data_file(problem)), whole)


@pytest.mark.parametrize(("problem", "schedule"), FAST)
@pytest.mark.parametrize("kind", ["per_example_gradient", "full_gradient"])
def test_regularized_lanes_are_bit_identical_alone_together_and_cut(monkeypatch, problem, schedule, kind):
    lanes = {"reg_lambda": [0.0, 5e-3], "reg_off_epoch": [1, 2], "seed": [0, 1]}
    regularizer = {"regularizer": kind, "reg_lambda": 0.0, "reg_factor": 1.0, "reg_off_epoch": None}
    spec = train_spec(problem, dtype="float32", schedule=schedule, lanes=lanes, regularizer=regularizer)
    together = train(fused, spec, data_file(problem), threads=3)
    one = {"lanes": {"reg_lambda": [5e-3], "reg_off_epoch": [2], "seed": [1]}}
    monkeypatch.setattr(run, "CHUNK_SECONDS", 1e-9)
    alone = train(fused, spec | one, data_file(problem))
    for name in ("w", "m", "v"):
        np.testing.assert_array_equal(alone[name][0], together[name][7])
    assert (together["w"][7] != together["w"][3]).any()


@pytest.mark.parametrize(("problem", "schedule"), FAST)
@pytest.mark.parametrize("kind", ["per_example_gradient", "full_gradient"])
def test_a_regularizer_that_overshoots_is_recorded_as_diverged(problem, schedule, kind):
    regularizer = {"regularizer": kind, "reg_lambda": 0.0, "reg_factor": 1.0, "reg_off_epoch": None}
    spec = train_spec(
        problem,
        "sgd",
        schedule=schedule,
        regularizer=regularizer,
        lanes={"reg_lambda": [0.0, 1e6], "seed": [0]},
    )
    trace = train(fused, spec, data_file(problem))
    assert trace["status"].values.tolist() == [1, 2]
    oracle = train(reference, spec, data_file(problem))
    np.testing.assert_array_equal(oracle["diverged_step"], trace["diverged_step"])


@pytest.mark.parametrize(("problem", "schedule"), FAST)
@pytest.mark.parametrize("kind", ["none", "full_gradient"])
def test_an_interrupted_run_is_resumed_to_the_same_bits(tmp_path, monkeypatch, problem, schedule, kind):
    monkeypatch.setattr(run, "CHUNK_SECONDS", 0.002)
    regularizer = {"regularizer": kind, "reg_lambda": 1e-3, "reg_factor": 1.0, "reg_off_epoch": None}
    spec = train_spec(
        problem, dtype="float32", schedule=schedule | {"steps": 100_000}, regularizer=regularizer
    )
    whole = train(fused, spec, data_file(problem))
    with pytest.raises(KeyboardInterrupt):
        train(fused, spec, data_file(problem), checkpoints=tmp_path, progress=Interrupt())
    assert len(list(tmp_path.iterdir())) == 1
    xr.testing.assert_identical(train(fused, spec, data_file(problem), checkpoints=tmp_path), whole)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_noise_depends_on_its_place_alone(kind):
    whole = np.empty(1000)
    fill(3, KINDS[kind], 0, whole)
    for first, size in ((0, 1), (1, 1), (127, 3), (500, 500), (2, 13)):
        part = np.empty(size)
        fill(3, KINDS[kind], first, part)
        np.testing.assert_array_equal(part, whole[first : first + size])
    np.testing.assert_array_equal(batch_noise(3, kind, 20, 7), whole[140:147])
    other = np.empty(1000)
    fill(4, KINDS[kind], 0, other)
    assert (other != whole).any()


def test_noise_has_its_distribution():
    signs, normals = np.empty(20_000), np.empty(20_000)
    fill(0, KINDS["rademacher"], 0, signs)
    fill(0, KINDS["gaussian"], 0, normals)
    assert set(signs) == {-1.0, 1.0}
    assert stats.binomtest(int((signs > 0).sum()), signs.size).pvalue > 1e-3
    assert stats.binomtest(int((signs[1:] == signs[:-1]).sum()), signs.size - 1).pvalue > 1e-3
    assert stats.kstest(normals, "norm").pvalue > 1e-3


def test_noise_keeps_beyond_the_first_four_billion_numbers():
    near, far = np.empty(8), np.empty(8)
    fill(0, KINDS["gaussian"], 0, near)
    fill(0, KINDS["gaussian"], 2**34, far)
    assert (near != far).any()
