"""A run with a budget: what is most important first, a clean end, and honest partial cubes."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys

import pytest

from adamatlas import store

LONG = "\n      - {optimizer: adam, weight_decay: 1e-3, batch_size: 2, settings: {epochs: 100_000_000}}"


@pytest.fixture
def slow(fresh):
    """A project where each seed is a job and one weight decay, the last of the grid, trains for hours."""
    grid = "- {optimizer: adam, weight_decay: [1e-5, 1e-4], batch_size: 2}"
    fresh.edit("config.yaml", grid, grid.replace("1e-5, 1e-4", "1e-4, 1e-5") + LONG)
    fresh.edit("config.yaml", "seed_block: 2", "seed_block: 1")
    return fresh


def ignore_interrupts():
    """As a shell does for what it starts in the background."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


@pytest.mark.slow
def test_what_fits_is_trained_in_order_and_the_rest_is_marked(slow):
    words = ["run", "tiny.one", "--budget", "60", "--cores", "2"]
    done = subprocess.run(
        [sys.executable, "-m", "adamatlas", *words],
        cwd=slow.path,
        env=slow.environment(COLUMNS="100"),
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=ignore_interrupts,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    traces = [
        re.search(r"weight_decay=(\S+)~(\d)-", file.name).groups() for file in slow.files("traces/**/*.nc")
    ]
    order = [("0.0001", "0"), ("1e-05", "0"), ("0.0001", "1"), ("1e-05", "1")]
    count = len(traces)
    assert count >= 2, done.stderr
    assert set(traces) == set(order[:count])
    checkpoints = len(slow.files("checkpoints/tiny.one/*.npz"))
    assert checkpoints >= 1
    assert not slow.files(".*.tmp")

    last = done.stdout.splitlines()[-2:]
    assert re.fullmatch(rf"trained {count} jobs in .* s; {count} of 12 are done", last[0])
    assert re.fullmatch(
        rf"left: {12 - count} jobs, about .* s of one core by the cost model; {checkpoints} go on from a "
        r"checkpoint; the next is tiny\.one, batch_size=2~optimizer=adam~weight_decay=0\.001, seeds 0-0",
        last[1],
    )
    assert re.search(r"^(inconclusive|supported) +check +tiny\.one\.level", done.stdout, re.MULTILINE)

    (file,) = slow.files("cubes/*.nc")
    assert file.parts[-4:-2] == ("default", "partial")
    cube = store.read_dataset(file, expect="cube")
    assert store.read_spec(cube)["partial"] is True
    lacking = {(decay, seed): -1 for decay in (1e-5, 1e-4, 1e-3) for seed in range(4)}
    wanted = lacking | {(float(decay), int(seed)): 1 for decay, seed in traces}
    status = cube["status"].squeeze(drop=True).to_series().to_dict()
    assert status == wanted
    assert (cube["feature"].notnull().any(["snapshot", "label"]) == (cube["status"] == 1)).all()
    missing = json.loads(cube.attrs["missing"])
    assert {(cell["axes"]["weight_decay"], seed) for cell in missing for seed in cell["seeds"]} == {
        place for place, found in wanted.items() if found < 0
    }
    partial = slow.path / "results/default/partial"
    assert (partial / "figures/tiny/curve.png").is_file()
    (row,) = store.read_json(partial / "claims.json")
    assert row["n"] == count
    assert "are missing" in row["note"]

    assert re.search(r"^(\d+) of \1 files are intact", slow.adamatlas("verify"))
    assert "no leftover files" in slow.adamatlas("plan")
    jobs = slow.jobs()
    assert jobs["train"] == 12 - count + 2
    assert jobs["gather"] == 2
    assert not os.path.exists(slow.path / "results/default/cubes")


@pytest.mark.parametrize(
    ("budget", "line"),
    [
        (
            "0.5",
            r"0\.5 s are too few for one job; the shortest, tiny\.one, .*, is likely to take 1\.\d s",
        ),
        ("-3", "found -3; must be a number of seconds above 0"),
    ],
)
def test_a_budget_that_is_too_small_runs_nothing(slow, budget, line):
    output = slow.adamatlas("run", "tiny.one", "--budget", budget, expect=2)
    assert re.fullmatch(f"adamatlas: error: --budget: {line}\n", output)
    assert not (slow.path / "results").exists()


@pytest.mark.slow
def test_a_budget_that_is_enough_makes_the_whole_cube(fresh):
    first = fresh.adamatlas("run", "tiny.one", "tiny.two", "--budget", "500")
    assert "trained 5 jobs in" in first.splitlines()[-1]
    assert first.splitlines()[-1].endswith("5 of 5 are done")
    measured = {file: file.stat().st_mtime_ns for file in fresh.files("partial/**/*.nc")}
    again = fresh.adamatlas("run", "tiny.one", "tiny.two", "--budget", "500")
    assert again.splitlines()[-1] == "trained 0 jobs in 0 s; 5 of 5 are done"
    assert {file: file.stat().st_mtime_ns for file in fresh.files("partial/**/*.nc")} == measured
    assert fresh.jobs().get("train") is None
    fresh.snakemake("--cores", "2")
    for name in ("tiny.one", "tiny.two"):
        whole, partial = (
            store.read_dataset(fresh.path / f"results/default/{folder}cubes/{name}.nc")
            for folder in ("", "partial/")
        )
        assert whole.attrs["content_sha256"] == partial.attrs["content_sha256"]
        assert "missing" not in partial.attrs
