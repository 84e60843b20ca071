"""What jobs cost, by the problems' and measures' own estimates and by the records of earlier jobs."""

from __future__ import annotations

import json

import pytest
import xarray as xr
from helpers import ADAM, NO_REGULARIZER, PATCH_CNN
from noisy import train_spec

from adamatlas import estimate, records, registry, store
from adamatlas.estimate import Job, training_bytes, training_seconds
from adamatlas.records import Calibration, Record

SPEC = {
    "problem": "patch_cnn",
    "engine": "fused",
    "dtype": "float32",
    "settings": PATCH_CNN | {"d": 1000, "m": 20, "s": 100, "n_train": 200},
    "optimizer": ADAM,
    "regularizer": NO_REGULARIZER,
    "schedule": {
        **{"batch_size": 2, "steps": 1_000_000, "steps_per_epoch": 100},
        **{"snapshots": 40, "snapshot_spacing": "mixed", "weights": True, "moments": False},
    },
    "axes": {},
    "lanes": {"seed": [0]},
}


def changed(**parts):
    """SPEC with some keys of its parts replaced."""
    return SPEC | {part: SPEC[part] | values for part, values in parts.items()}


def test_a_mini_batch_lane_takes_about_fifteen_seconds():
    assert 10 < training_seconds(SPEC) < 20


def test_seconds_and_bytes_grow_with_lanes():
    more = {**SPEC, "lanes": {"seed": [0, 1, 2], "lr": [0.1, 0.2]}}
    start = estimate.START_SECONDS["train"]
    assert training_seconds(more) - start == pytest.approx(6 * (training_seconds(SPEC) - start))
    assert training_bytes(more) == 6 * training_bytes(SPEC) == 6 * 40 * 40_000 * 4


@pytest.mark.parametrize(
    ("schedule", "copies"),
    [({"moments": True}, 40 * 3), ({"weights": False}, 0), ({"snapshot_spacing": "last"}, 1)],
)
def test_bytes_follow_what_a_trace_keeps(schedule, copies):
    assert training_bytes(changed(schedule=schedule)) == copies * 40_000 * 4


def test_the_exponent_of_the_second_moment_counts():
    plain, eighth, adam, power = (
        training_seconds(changed(optimizer={"v_exponent": p})) for p in (0.0, 0.25, 0.5, 0.4375)
    )
    assert plain < adam / 2 < adam < eighth
    assert power > 10 * adam


def test_a_regularizer_counts_while_it_is_on():
    full = changed(
        schedule={"batch_size": 200, "steps_per_epoch": 1}, regularizer={"regularizer": "full_gradient"}
    )
    off, half, on = (
        training_seconds(full | {"regularizer": full["regularizer"] | more})
        for more in ({}, {"reg_lambda": 1.0, "reg_off_epoch": 500_000}, {"reg_lambda": 1.0})
    )
    assert off < half < on
    assert half - off == pytest.approx(on - half)
    lanes = full["lanes"] | {"reg_lambda": [0.0, 1.0]}
    assert training_seconds(full | {"lanes": lanes}) == pytest.approx(
        off + on - estimate.START_SECONDS["train"]
    )


def test_in_the_span_of_its_data_a_step_is_cheap():
    dense = changed(
        settings={"sampler": "dense", "s": 999, "n_train": 20},
        optimizer={"v_exponent": 0.0, "weight_decay": 0.0},
        schedule={"batch_size": 20},
    )
    weight_by_weight = dense | {"settings": dense["settings"] | {"carry_in_span": False}}
    assert training_seconds(dense) < training_seconds(weight_by_weight) / 5


def test_a_linear_model_is_cheap():
    linear = changed(schedule={"batch_size": 200}) | {"problem": "linear"}
    assert training_seconds(linear) < 60
    assert training_bytes(linear) == 40 * 2000 * 4


@pytest.mark.parametrize(
    ("problem", "settings", "kind", "weights", "seconds"),
    [
        ("noisy_ellipse", {}, "none", 2, 0.06),
        ("noisy_ellipse", {}, "full_gradient", 2, 0.06),
        ("noisy_ellipse", {"gradient_noise_y": 0.1}, "none", 2, 0.105),
        ("diagonal_net", {"d": 1000}, "none", 2000, 0.9),
        ("diagonal_net", {"d": 1000}, "per_example_gradient", 2000, 1.2),
        ("diagonal_net", {"d": 1000}, "full_gradient", 2000, 1.4),
        ("diagonal_net", {"d": 10_000}, "full_gradient", 20_000, 14.0),
        ("matrix_factorization", {"d": 10, "depth": 2}, "none", 200, 1.2),
        ("matrix_factorization", {"d": 10, "depth": 2}, "per_example_gradient", 200, 12.0),
        ("matrix_factorization", {"d": 10, "depth": 2}, "full_gradient", 200, 2.5),
        ("matrix_factorization", {"d": 10, "depth": 3}, "none", 300, 2.0),
    ],
)
def test_a_million_steps_with_label_noise(problem, settings, kind, weights, seconds):
    size = 8 if problem == "matrix_factorization" else 1
    schedule = {"batch_size": size, "steps": 1_000_000, "snapshot_spacing": "last", "moments": False}
    spec = train_spec(problem, settings=settings, schedule=schedule, lanes={"seed": [0]})
    spec["regularizer"] = NO_REGULARIZER | {"regularizer": kind, "reg_lambda": 0.1}
    assert training_bytes(spec) == 8 * weights
    assert seconds / 1.5 < training_seconds(spec) - estimate.START_SECONDS["train"] < seconds * 1.5


def image(**settings):
    return changed(schedule={"batch_size": 32, "steps": 320, "snapshots": 17}) | {
        "problem": "images",
        "engine": "torch_images",
        "settings": {"dataset": "digits", "network": "lenet5"} | settings,
    }


def test_image_networks_are_estimated_by_pixels_and_regularizer():
    on = image()["regularizer"] | {"regularizer": "per_example_gradient", "reg_lambda": 1.0}
    start = training_seconds(image() | {"schedule": image()["schedule"] | {"steps": 0}})
    assert (
        3.0 < start < training_seconds(image()) < training_seconds(image() | {"regularizer": on}) < start + 2
    )
    assert training_seconds(image(dataset="mnist")) - start > 2 * (training_seconds(image()) - start)
    for name, weights in (("digits", 21_386), ("mnist", 61_706)):
        assert training_bytes(image(dataset=name)) == 17 * 4 * weights


@pytest.mark.parametrize("network", registry.names("problems/images/networks"))
def test_every_network_is_estimated(network):
    assert 3.0 < training_seconds(image(network=network)) < 1e6
    assert training_bytes(image(network=network)) > 17 * 4 * 20_000


@pytest.mark.parametrize("spec", [SPEC | {"engine": "reference"}])
def test_what_nobody_estimates_is_unknown(spec):
    assert training_seconds(spec) is None


def test_a_problem_without_costs_is_unknown(monkeypatch, tmp_path):
    (tmp_path / "problems/quadratic").mkdir(parents=True)
    (tmp_path / "problems/quadratic/settings.py").touch()
    monkeypatch.setattr(registry, "ROOT", tmp_path)
    spec = SPEC | {"problem": "quadratic", "settings": {}}
    assert training_seconds(spec) is None
    assert training_bytes(spec) is None
    assert Calibration([]).seconds(estimate.train_job(("a.b", "c", "0-0"), spec)) is None


@pytest.mark.parametrize("measure", registry.names("measures"))
def test_every_measure_of_ours_says_what_it_costs(measure):
    one, many = (
        estimate.measure_job(("a.b", measure, "0-0"), [SPEC | {"lanes": {"seed": seeds}}])
        for seeds in ([0], [0, 1, 2])
    )
    assert 0.5 <= one.seconds < many.seconds < 30.0


def job(seconds, *kin, rule="train"):
    return Job(rule, (), kin, seconds)


def test_without_records_an_estimate_stands():
    assert Calibration([]).seconds(job(7.0, "patch_cnn", "a")) == 7.0
    assert Calibration([]).seconds(job(None, "patch_cnn", "a")) is None


def test_records_of_the_study_count_most_then_those_of_the_problem_and_of_the_rule():
    known = [("patch_cnn", "a", 50.0, 100.0), ("patch_cnn", "b", 90.0, 270.0), ("linear", "c", 200.0, 40.0)]
    calibration = Calibration(Record(job(seconds, *kin), took) for *kin, seconds, took in known)
    assert calibration.seconds(job(1.0, "patch_cnn", "a")) == 2.0
    assert calibration.seconds(job(1.0, "patch_cnn", "new")) == 3.0
    assert calibration.seconds(job(1.0, "images", "d")) == 0.2
    assert calibration.seconds(job(1.0, "patch_cnn", "a", rule="measure")) == 1.0


def test_a_slow_machine_is_foreseen_from_small_jobs_the_first_of_which_compiled():
    """Smoke jobs of a second and a half, all twice as slow as estimated, a tenth with ten seconds more."""
    small = [Record(job(1.5, "patch_cnn", f"s{k % 5}"), 3.0 + 10.0 * (k % 10 == 0)) for k in range(60)]
    large = [job(20.0, "patch_cnn", f"s{k % 5}") for k in range(100)]
    foreseen = sum(map(Calibration(small).seconds, large))
    assert foreseen == pytest.approx(2 * sum(one.seconds for one in large), rel=0.3)


def test_a_record_is_told_by_what_its_job_left(tmp_path):
    def left(rule, name, seconds):
        path = tmp_path / "smoke/benchmarks" / rule / f"{name}.tsv"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"s\tmax_rss\tcpu_time\n{seconds}\t-\tNA\n")

    cell = "batch_size=2~lr=5e-05"
    trace = tmp_path / f"smoke/traces/a.b/{cell}~0-4.nc"
    store.write_dataset(xr.Dataset(), trace, spec=SPEC, attrs={"kind": "trace"})
    spec = {"measure": "errors", "traces": [store.read_dataset(trace).attrs["spec_id"]]}
    store.write_dataset(
        xr.Dataset(), tmp_path / "smoke/measures/a.b/errors~0-4.nc", spec=spec, attrs={"kind": "measure"}
    )
    left("train", f"a.b/{cell}~0-4", 30.0)
    left("train", "a.b/gone~0-4", 99.0)
    left("measure", "a.b/errors~0-4", 2.0)
    left("data", "patch_cnn-0123456789abcdef", 1.5)
    left("figure", "a/fig", "no number")
    (tmp_path / "smoke/benchmarks/figure/a/empty.tsv").touch()
    left("gather", "a.b", 0.5)
    found = {record.job.rule: record for record in records.read(tmp_path)}
    assert found.keys() == {"train", "measure", "data", "gather"}
    assert found["train"] == Record(estimate.train_job(("a.b", cell, "0-4"), SPEC), 30.0)
    assert found["measure"] == Record(estimate.measure_job(("a.b", "errors", "0-4"), [SPEC]), 2.0)
    assert found["data"].job.kin == ("patch_cnn",)
    assert records.read(tmp_path, "default") == []
    assert json.dumps(found["gather"].seconds) == "0.5"


def test_what_is_asked_of_a_scheduler_grows_with_the_job():
    few = {**SPEC, "lanes": {"seed": [0]}}
    many = {**SPEC, "lanes": {"seed": list(range(1000))}}
    assert estimate.memory_asked("figure") == estimate.LEAST_MB < estimate.memory_asked("train", [few])
    assert estimate.memory_asked("train", [many]) > estimate.memory_asked("measure", [few, many])
    assert estimate.memory_asked("measure", [few, many]) == estimate.memory_asked("measure", [many])


def test_the_minutes_asked_for():
    assert estimate.minutes_asked(0.0) == 10
    assert estimate.minutes_asked(600.0) == 50
    assert estimate.minutes_asked(1e9) == 7 * 24 * 60
    assert estimate.minutes_asked(None) == 240


def test_a_gpu_has_its_own_seconds(monkeypatch):
    spec = image(network="resnet18", dataset="cifar10", precision="tf32") | {
        "schedule": {**image()["schedule"], "steps": 10_000}
    }
    monkeypatch.delenv("ADAMATLAS_DEVICE", raising=False)
    on_cpu = training_seconds(spec)
    monkeypatch.setenv("ADAMATLAS_DEVICE", "cuda")
    assert training_seconds(spec) == training_seconds(spec, gpu=True) < on_cpu / 20
    assert training_seconds(spec, gpu=False) == on_cpu
    assert training_seconds(SPEC) == training_seconds(SPEC, gpu=False), "fused cannot use one"
