import csv
import json
import os
import re
import shutil
import sys
from pathlib import Path

import pytest
import yaml

from adamatlas import store
from adamatlas.estimate import memory_asked

ROOT = Path(__file__).parents[2]
RULES = {"data", "train", "measure", "gather", "figure", "judge", "collect"}


@pytest.mark.parametrize("name", ["default", "gpu", "slurm"])
def test_profiles_name_only_rules_that_exist(name):
    profile = yaml.safe_load((ROOT / "profiles" / name / "config.yaml").read_text())
    for key in ("set-resources", "set-threads"):
        assert set(profile.get(key, {})) <= RULES


def test_training_asks_for_a_gpu_where_the_profile_offers_one_and_the_engine_can_use_it(fresh):
    def gpus(*arguments: str, **environment: str) -> list[int]:
        output = fresh.run("snakemake", "-n", *arguments, **environment)
        return [int(n) for n in re.findall(r"^    resources: .*gpu=(\d+)", output, re.MULTILINE)]

    rule = fresh.path / "workflow/rules/train.smk"  # a job with a message does not show its resources
    rule.write_text(re.sub(r"    message:\n.*\n", "", rule.read_text()))
    assert gpus("--profile", "profiles/gpu") == [0] * 5
    fresh.edit("src/adamatlas/engines/fused.py", 'DEVICES = ("cpu",)', 'DEVICES = ("cpu", "cuda")')
    assert gpus("--profile", "profiles/gpu") == [1] * 5
    assert gpus("--profile", "profiles/gpu", ADAMATLAS_DEVICE="cpu") == [0] * 5
    assert gpus() == [0] * 5


def test_the_device_is_in_the_cube_and_re_runs_nothing(project):
    (cube, _) = project.files("cubes/*.nc")
    assert store.read_attrs(cube)["device"] == "cpu"
    for choice in ("auto", "cuda", "cpu"):
        output = project.run("snakemake", "-n", ADAMATLAS_DEVICE=choice)
        assert "Nothing to be done" in output
    wrong = project.run("snakemake", "-n", expect=1, ADAMATLAS_DEVICE="tpu")
    assert "ADAMATLAS_DEVICE: found 'tpu'; must be one of auto, cpu, cuda" in wrong
    assert "Traceback" not in wrong


def test_no_job_uses_more_memory_than_it_asks_a_scheduler_for(finished):
    folders = [finished.path / "results/default/benchmarks"]
    if run := os.environ.get("ADAMATLAS_RUN_DIR"):
        folders.append(Path(run) / "results/smoke/benchmarks")
    seen = set()
    for record in (file for folder in folders for file in folder.rglob("*.tsv")):
        rule = record.relative_to(next(folder for folder in folders if folder in record.parents)).parts[0]
        with record.open(newline="") as stream:
            (row,) = csv.DictReader(stream, delimiter="\t")
        if row["max_rss"] not in ("NA", "-"):  # of jobs that were over before anyone looked
            seen.add(rule)
            assert float(row["max_rss"]) < memory_asked(rule), record
    assert "train" in seen


@pytest.mark.slow
def test_slurm_profile_through_a_generic_cluster(fresh):
    """Names, resources and commands survive a scheduler: only `sbatch` itself is played."""
    shutil.copy(Path(__file__).parent / "tiny" / "sbatch.py", fresh.path)
    submit = f"{sys.executable} sbatch.py {{rule}} {{resources.mem_mb}} {{resources.runtime}} {{threads}}"
    target = "results/default/cubes/tiny.two.nc"
    fresh.edit("config.yaml", "title: Another optimizer", "settings: {beta1: 0.5}")
    generic = ("--executor", "cluster-generic", "--cluster-generic-submit-cmd", submit, "--latency-wait", "5")
    output = fresh.snakemake("--profile", "profiles/slurm", *generic, target)
    assert re.search(r"4 of 4 steps \(100%\) done", output)
    lines = (fresh.path / "submitted.jsonl").read_text().splitlines()
    assert sorted(json.loads(line)[:4] for line in lines) == [
        ["data", "1000", "30", "1"],
        ["gather", "1000", "30", "1"],
        ["measure", "2000", "11", "1"],
        ["train", "2500", "11", "1"],
    ]
    oddity = "studies.tiny.two.settings.beta1: has no effect"
    assert output.count(oddity) == 1, "a job repeats what Snakemake says of the config, or nobody says it"
    assert oddity not in (fresh.path / "job.log").read_text()
    assert fresh.jobs(target) == {}
