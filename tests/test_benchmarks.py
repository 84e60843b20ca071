"""The benchmark runs, times the computation that it says it times, and notices a missed bound."""

from __future__ import annotations

import csv
import json
from base64 import urlsafe_b64encode
from pathlib import Path

import numpy as np
import pytest

from adamatlas.engines import fused, run
from benchmarks import __main__ as bench
from benchmarks import lenet5, past_run, setting, sweep, timing, torch_loop


@pytest.mark.slow
def test_runs_at_tiny_size_and_writes_its_numbers(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    path = tmp_path / "bench.json"
    status = bench.main(["--size", "tiny", "--repeat", "1", "--json", str(path), "--run", str(tmp_path)])
    report = json.loads(path.read_text())
    assert status == (0 if all(check["met"] for check in report["checks"]) else 1)
    assert all(seconds > 0 for row in report["times"] for seconds in row["seconds"])
    printed = capsys.readouterr().out
    assert all(check["claim"] in printed for check in report["checks"])
    assert not next(check["measured"] for check in report["checks"] if "torch" in check["claim"].split()[-1])


def test_torch_loop_computes_what_the_fused_engine_computes() -> None:
    settings = setting.TINY | {"batch_size": 20, "sigma_0": 0.1, "lr": 1e-3}
    steps, data = 30, setting.data_set(settings)
    trace = run.train(fused, setting.train_spec(settings, steps), setting.draws(settings))
    w = trace.variables["w"].values[0]
    x, label = torch_loop.dense_patches(data, settings)
    ours = torch_loop.train(x, label, w[0], settings, steps)
    assert np.abs(w[-1] - w[0]).max() > 5e-3
    np.testing.assert_allclose(ours, w[-1], atol=2e-5)


def test_bare_sweep_is_adam_with_a_constant_gradient() -> None:
    w, m, v = np.full(3, 0.5), np.zeros(3), np.zeros(3)
    sweep.sweep.py_func(w, m, v, 2, 0.1, 0.9, 0.999, 0.0, 0.0)
    np.testing.assert_allclose(w, 0.5 - 2 * 0.1)


def test_ratio_is_taken_within_rounds() -> None:
    above, below = timing.Timing((2.0, 20.0, 6.0)), timing.Timing((1.0, 10.0, 2.0))
    assert timing.ratio(above, below) == 2.0


@pytest.mark.parametrize(("sense", "measured", "met"), [("at most", 1.5, False), ("at least", 1.5, True)])
def test_bounds_have_a_sense(sense: str, measured: float, met: bool) -> None:
    assert bench.Check("a claim", measured, sense, 1.4).met is met


def test_cost_of_a_run_from_its_records(tmp_path: Path) -> None:
    results, records = tmp_path / "results", tmp_path / "records"
    jobs = [("a.nc", 10.0, 14.0, "300.0"), ("b.nc", 13.0, 20.0, "NA")]
    for name, start, end, memory in jobs:
        table = results / "benchmarks" / "train" / f"{name}.tsv"
        table.parent.mkdir(parents=True, exist_ok=True)
        with table.open("w") as lines:
            writer = csv.writer(lines, delimiter="\t")
            writer.writerows([["s", "max_rss"], [end - start, memory]])
        record = records / urlsafe_b64encode(str(results / name).encode()).decode()
        record.parent.mkdir(exist_ok=True)
        record.write_text(json.dumps({"starttime": start, "endtime": end}))
    cost = past_run.cost(results, records)
    assert cost.wall == 10.0
    assert cost.compute == 11.0
    assert cost.memory == pytest.approx(300 / 1024)
    assert cost.overhead == pytest.approx(20 / 11)
    assert past_run.cost(tmp_path / "elsewhere", records) is None


def test_share_of_a_paper_in_a_run(tmp_path: Path) -> None:
    took = {
        "train/meng2023.fig1/0a1b": 60,
        "measure/meng2023.fig1/0a1b": 6,
        "train/cross.pegr_adam/2c": 30,
        "figure/cross/pegr_adam": 4,
        "figure/cross/exponent": 100,
        "train/li2025.fig1/3d": 100,
        "judge/meng2023": 2,
    }
    for job, seconds in took.items():
        path = tmp_path / "benchmarks" / f"{job}.tsv"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"s\tmax_rss\n{seconds}\tNA\n")
    wanted = ("meng2023", "cross.pegr_adam")
    assert past_run.share(tmp_path, ("train", "measure"), wanted) == 48.0
    assert past_run.share(tmp_path, ("train", "measure", "figure", "judge"), wanted) == 51.0


def test_the_conv2d_loop_and_the_image_engine_train() -> None:
    for work in (lenet5.engine("per_example_gradient", 2), lenet5.conv2d_loop(2)):
        work()
