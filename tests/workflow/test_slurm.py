"""The shipped Slurm profile on a Slurm of one node, started here: no accounting, nothing played."""

from __future__ import annotations

import itertools
import re
import subprocess
import sys
import time

import cluster
import pytest

from adamatlas import store

pytestmark = [
    pytest.mark.slow,
    pytest.mark.needs_slurm,
    pytest.mark.skipif(bool(cluster.unfit()), reason=cluster.unfit()),
]
LONG = "settings: {epochs: 35000000, snapshots: 4, snapshot_spacing: linear}"
"""Of a training of two or three minutes; the shortest limit that Slurm has is one."""


@pytest.fixture(scope="module")
def slurm(tmp_path_factory):
    with cluster.slurm(tmp_path_factory.mktemp("slurm")) as environment:
        yield environment


def submit(project, slurm, *arguments: str) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-m", "snakemake", "--profile", "profiles/slurm", *arguments],
        cwd=project.path,
        env=project.environment(SLURM_CONF=slurm["SLURM_CONF"]),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


COLUMNS = {"jobid": 20, "state": 20, "tres-per-job": 60, "comment": 400}


def queue(slurm) -> list[list[str]]:
    """COLUMNS of each job in the queue."""
    words = ["squeue", "--noheader", f"--Format={','.join(f'{name}:{n}' for name, n in COLUMNS.items())}"]
    output = subprocess.run(words, env=slurm, capture_output=True, text=True, check=True).stdout
    ends = list(itertools.accumulate(COLUMNS.values()))
    cuts = list(zip([0, *ends], ends, strict=False))
    return [[line[start:end].strip() for start, end in cuts] for line in output.splitlines()]


def wait_for(found, seconds: float = 120):
    """What `found()` gives once it gives something."""
    end = time.monotonic() + seconds
    while not (value := found()):
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.5)
    return value


def contents(project) -> dict[str, str]:
    files = [file for kind in ("traces", "measures", "cubes") for file in project.files(f"{kind}/**/*.nc")]
    return {str(file.relative_to(project.path)): store.read_attrs(file)["content_sha256"] for file in files}


def test_a_run_through_the_profile_is_a_local_run(fresh, finished, slurm):
    running = submit(fresh, slurm, "results/default/cubes/tiny.two.nc")
    output = running.communicate(timeout=300)[0]
    assert running.returncode == 0, output
    found = contents(fresh)
    assert found.items() <= contents(finished).items()
    assert {name.split("/")[2] for name in found} == {"traces", "measures", "cubes"}
    assert fresh.jobs("results/default/cubes/tiny.two.nc") == {}


def test_a_cancelled_job_is_tried_again_and_one_over_its_time_goes_on(fresh, slurm):
    fresh.edit("config.yaml", "- {optimizer: sgd, batch_size: 4}", "- {optimizer: adam, batch_size: 4}")
    fresh.edit("config.yaml", "    title: Another optimizer", f"    title: Another optimizer\n    {LONG}")
    name = "results/default/traces/tiny.two/batch_size=4~optimizer=adam~0-1.nc"
    running = submit(fresh, slurm, "--set-resources", "train:runtime=1", "--", name)

    def training() -> list[list[str]]:
        return [job for job in queue(slurm) if "train" in job[-1] and job[1] == "RUNNING"]

    log = fresh.path / "logs/default/train/tiny.two"
    (first,) = wait_for(training)
    wait_for(lambda: log.is_dir() and any("steps" in file.read_text() for file in log.iterdir()))
    subprocess.run(["scancel", first[0]], env=slurm, check=True)
    output = running.communicate(timeout=500)[0]
    assert running.returncode == 0, output
    assert output.count("submitted with SLURM jobid") >= 3, output
    (text,) = (file.read_text() for file in log.iterdir())  # of the last attempt
    resumed = re.search(r": ([\d,]+) of .*, resumed from a checkpoint", text)
    assert int(resumed[1].replace(",", "")) > 0
    store.verify(fresh.path / name)


def test_only_jobs_that_can_use_a_gpu_ask_for_one(fresh, slurm):
    fresh.edit("src/adamatlas/engines/fused.py", 'DEVICES = ("cpu",)', 'DEVICES = ("cpu", "cuda")')
    running = submit(fresh, slurm, "--resources", "gpu=1", "--", "results/default/cubes/tiny.two.nc")
    seen: dict[str, str] = {}
    while running.poll() is None:
        for job in queue(slurm):
            seen[job[-1]] = job[-2]
        time.sleep(0.2)
    assert running.returncode == 0, running.stdout.read()
    for comment, gpus in seen.items():
        assert ("gpu" in gpus) == ("train" in comment), seen
    assert any("train" in comment for comment in seen)
