import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from adamatlas import cli, config, store
from adamatlas.cli import challenging, jobs, planning
from adamatlas.engines import devices
from adamatlas.inventory import Inventory
from adamatlas.units import bytes_shown

CONFIG = """
papers: {tiny: {title: Tiny, reference: "arXiv:1", settings: {problem: patch_cnn, lr: 1e-3, epochs: 5}}}
studies:
  tiny.one:
    settings: {d: 40, n_train: 8, s: 4, m: 2}
    grid: [{optimizer: [adam, adamw], batch_size: 2}]
    seeds: 3
    measures: [feature_noise]
"""
ATLAS = str(Path(__file__).parent.parent / "config.yaml")
CLAIM = {
    "id": "tiny.one.level",
    "paper": "tiny",
    "kind": "check",
    "statement": "The feature is larger than the noise.",
    "criterion": "interval lies above 0",
    "measured": 0.25,
    "interval": [0.2, 0.3],
    "n": 3,
    "verdict": "supported",
    "paper_value": None,
    "note": "",
}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A working folder with a config."""
    (tmp_path / "config.yaml").write_text(CONFIG)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(capsys, *arguments, expect=0):
    assert cli.main(arguments) == expect
    return capsys.readouterr()


def commands():
    actions = cli.parser()._subparsers._group_actions
    return sorted(actions[0].choices)


def test_there_is_a_command_for_every_stage_and_question():
    stages = ["collect", "data", "figure", "gather", "judge", "measure", "train"]
    questions = [
        "challenge",
        "claims",
        "compare",
        "fetch",
        "info",
        "merge",
        "plan",
        "prune",
        "run",
        "validate",
        "verify",
    ]
    assert commands() == sorted(stages + questions)


@pytest.mark.parametrize("name", commands())
def test_help_has_an_example_that_parses(name, capsys):
    with pytest.raises(SystemExit) as stop:
        cli.main([name, "--help"])
    assert stop.value.code == 0
    example = capsys.readouterr().out.split("example:\n", 1)[1]
    import shlex

    words = shlex.split(example)
    assert words[:2] == ["adamatlas", name]
    cli.parser().parse_args(words[1:])


def test_validate(folder, capsys):
    sizes = [f"{scale}: 1 studies, 2 cells, 6 lanes" for scale in ("smoke", "default", "reduced", "paper")]
    assert run(capsys, "validate").out.splitlines() == sizes
    assert run(capsys, "validate", "--scale", "paper").out.splitlines() == sizes[3:]


def test_validate_tells_every_mistake_in_a_line(folder, capsys):
    (folder / "config.yaml").write_text(CONFIG.replace("adamw", "adamv").replace("d: 40", "d: -1"))
    captured = run(capsys, "validate", expect=2)
    lines = captured.err.splitlines()
    assert len(lines) >= 2
    assert all(line.startswith("adamatlas: error: config.yaml: ") for line in lines)
    assert "adamv" in captured.err
    assert captured.out == ""


def test_results_stand_beside_the_config(folder, capsys, tmp_path_factory, monkeypatch):
    store.write_json([CLAIM], folder / "results/default/claims.json")
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    config_there = ("--config", str(folder / "config.yaml"))
    assert "tiny.one.level" in run(capsys, "claims", *config_there).out
    assert "1 of 1 files are intact" in run(capsys, "verify", *config_there).out


def test_missing_config(folder, capsys):
    assert "no.yaml" in run(capsys, "validate", "--config", "no.yaml", expect=2).err


def test_a_file_laid_over_the_config_is_checked_with_it(folder, capsys):
    (folder / "over.yaml").write_text("studies: {tiny.one: {seeds: 5, settings: {q: 4}}}\n")
    laid = ("validate", "--scale", "paper", "--configfile", "over.yaml")
    assert run(capsys, *laid).out == "paper: 1 studies, 2 cells, 10 lanes\n"
    (folder / "over.yaml").write_text("studies: {tiny.one: {settings: {q: -4}}}\n")
    (folder / "list.yaml").write_text("[1]\n")
    assert "list.yaml: found [1]; must be a mapping" in run(capsys, *laid, "list.yaml", expect=2).err
    wanted = "adamatlas: error: over.yaml: studies.tiny.one.settings.q: found -4"
    assert run(capsys, *laid, expect=2).err.startswith(wanted)


def test_claims_table(folder, capsys):
    assert "run the workflow first" in run(capsys, "claims", expect=2).err
    refuted = {
        **CLAIM,
        "id": "tiny.one.a_longer_name",
        "verdict": "refuted",
        "interval": None,
        "measured": None,
    }
    store.write_json([CLAIM, refuted], folder / "results/default/claims.json")
    lines = run(capsys, "claims").out.splitlines()
    assert lines[0] == "supported  check  tiny.one.level          0.25  [0.2, 0.3]  n=3"
    assert lines[2] == "refuted    check  tiny.one.a_longer_name  -     -           n=3"
    assert lines[-1] == "check: 1 supported, 1 refuted"
    assert json.loads(run(capsys, "claims", "--json", "--paper", "tiny").out) == [CLAIM, refuted]
    assert "no claims of other" in run(capsys, "claims", "--paper", "other", expect=2).err


def test_verify_counts_and_names_what_is_damaged(folder, capsys):
    ds = xr.Dataset({"x": ("a", np.arange(100.0))})
    for name in "ab":
        path = folder / "results/default/cubes" / f"{name}.nc"
        store.write_dataset(ds, path, spec={}, attrs={"kind": "cube"})
    assert run(capsys, "verify").out == "2 of 2 files are intact\n"
    os.truncate(path, 300)
    out = run(capsys, "verify", expect=1).out
    assert "b.nc: truncated" in out
    assert out.endswith("1 of 2 files are intact\n")
    assert run(capsys, "verify", str(path.with_name("a.nc"))).out == "1 of 1 files are intact\n"


def test_verify_finds_a_file_in_the_place_of_another(folder, capsys):
    inventory = Inventory(config.read("config.yaml"))
    (_, one, spec), (_, two, _) = [found for found in inventory.datasets() if found[0] == "train"]
    for path in (one, two):
        store.write_dataset(xr.Dataset(), path, spec=spec, attrs={"kind": "trace"})
    out = run(capsys, "verify", expect=1).out
    assert f"{two}: was made from another spec" in out
    assert out.endswith("1 of 2 files are intact\n")


def test_info(folder, capsys):
    ds = xr.Dataset(
        {"error": (("seed", "label"), np.zeros((12, 2)), {"long_name": "test error", "units": "1"})},
        coords={"seed": np.arange(12), "label": [-1, 1]},
    )
    store.write_dataset(ds, "x.nc", spec={"id": "a" * 200}, attrs={"kind": "cube"})
    out = run(capsys, "info", "x.nc").out
    assert "x.nc: cube" in out
    assert "seed                 12  0, 1, 2, 3, ..., 11" in out
    assert "error                test error [1]" in out
    assert "a" * 100 not in out
    assert "a" * 200 in run(capsys, "info", "x.nc", "--full").out
    assert "no such file" in run(capsys, "info", "y.nc", expect=2).err
    assert "name a FILE, or give --measures" in run(capsys, "info", expect=2).err


def test_info_says_what_fits_which_problem(capsys):
    _, linear, rest = re.split(
        r"^(?:linear|matrix_factorization)$", run(capsys, "info", "--measures").out, flags=re.M
    )
    assert "solution_distance    distance, gradient_norm" in linear
    assert re.search(r"figures zou2023 +thm42$", linear, re.M)
    assert "errors " not in linear
    assert "errors  " in rest


def test_prune_asks(folder, capsys, monkeypatch):
    left = folder / "results/default/traces/tiny.one/old~0-2.nc"
    store.write_dataset(xr.Dataset(), left, spec={}, attrs={"kind": "trace"})
    kept = folder / "results/default/checkpoints/a.npz"
    store.write_checkpoint(kept, {}, {})
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    for answer, code in (("n", 1), ("", 1), ("y", 0)):
        assert left.exists()
        monkeypatch.setattr("builtins.input", lambda question, answer=answer: answer)
        run(capsys, "prune", expect=code)
    assert not left.parent.exists()
    assert kept.exists()


def test_plan_needs_the_workflow(folder, capsys):
    assert "Snakefile: no such file" in run(capsys, "plan", expect=2).err


def test_dry_run_is_read():
    output = """Job stats:
job        count
-------  -------
train          2
gather         1
all            1
total          4

Job 5: Training a.one, x=2~y=adam, seeds 0-4 (progress in log)
Job 9: Training a.one, x=3~y=adam, seeds 0-4 (progress in log)
Job 11: Gathering the cube of a.one
Job 12: Measuring errors of a.one, seeds 0-4
Job 13: Drawing patch_cnn-0123456789abcdef
Job 14: Drawing a, fig
Job 15: Judging the claims of a
Job 16: Collecting all verdicts
Reasons:
    (check individual jobs above for details)
    input files updated by another job:
        all, gather
    params have changed since last execution:
        train
This was a dry-run
"""
    read = planning.parse(output)
    assert read.counts == {"train": 2, "gather": 1}
    assert read.reasons["train"] == ["params have changed since last execution"]
    assert read.keys == [
        ("data", ("patch_cnn-0123456789abcdef",)),
        ("train", ("a.one", "x=2~y=adam", "0-4")),
        ("train", ("a.one", "x=3~y=adam", "0-4")),
        ("measure", ("a.one", "errors", "0-4")),
        ("gather", ("a.one",)),
        ("figure", ("a", "fig")),
        ("judge", ("a",)),
        ("collect", ("claims",)),
    ]
    assert planning.parse("Nothing to be done (all requested files are present).").counts == {}


def test_plan_prices_what_it_can_and_says_what_is_unknown(folder, monkeypatch):
    inventory = Inventory(config.read("config.yaml"))
    prices = planning.priced(inventory)
    keys = list(inventory.train)
    run = planning.DryRun({"train": 2}, {"train": ["new"]}, [("train", key) for key in keys])
    table = planning.jobs(run, prices)
    assert re.search(r"^train +2 +3 s +new$", table, re.M)
    assert "\n  train: tiny.one, batch_size=2~optimizer=adam, 0-2\n" in table
    assert planning.cost(inventory, run, prices, 2).startswith(
        "about 3 s of one core, 1 s on 2 cores; traces: "
    )
    prices["train", keys[0]] = None
    assert re.search(r"^train +2 +1 s \+ unknown +new$", planning.jobs(run, prices), re.M)
    assert re.search(r"^tiny.one +2 +6 +3 s \+ unknown ", planning.studies(inventory, prices), re.M)
    assert "1 s + unknown of one core, 1 s + unknown on 8 cores" in planning.cost(inventory, run, prices, 8)
    monkeypatch.setenv("ADAMATLAS_DEVICE", "cuda")
    assert "of one GPU" not in planning.cost(inventory, run, prices, 8), "fused cannot use one"
    monkeypatch.setattr(devices, "kinds", lambda engine: ("cpu", "cuda"))
    said = planning.cost(inventory, run, prices, 8)
    assert said.startswith("about 0 s of one core, 0 s on 8 cores; and 1 s + unknown of one GPU; ")


@pytest.mark.parametrize(
    ("size", "text"), [(850, "0.8 kB"), (12_300_000, "12.3 MB"), (1_250_000_000, "1.25 GB")]
)
def test_bytes_shown(size, text):
    assert bytes_shown(size) == text


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("{", "--spec: not JSON"),
        ("[]", "--spec: must be a JSON object"),
        ("@no.json", "no.json: no such file"),
        ('{"seeds":[0]}', "--spec: no key 'problem', which data needs"),
        ('{"problem":"no","settings":{},"seeds":[0]}', "there is no module adamatlas.problems.no.data"),
    ],
)
def test_bad_specs(folder, capsys, spec, message):
    assert message in run(capsys, "data", "--spec", spec, "--out", "x.nc", expect=2).err
    assert not (folder / "x.nc").exists()


def test_what_a_figure_requires(capsys):
    class Source:
        REQUIRES = ("optimizer", "batch_size")
        QUANTITIES = ("test_error",)

    cube = xr.Dataset({"train_error": ("optimizer", [0.1])}, coords={"optimizer": ["adam"]})
    with pytest.raises(jobs.UserError, match="figure x: the cube has no axis batch_size; it has optimizer"):
        jobs.require(Source, cube, "figure x")
    cube = cube.assign_coords(batch_size=2)
    with pytest.raises(jobs.UserError, match="no quantity test_error; it has train_error"):
        jobs.require(Source, cube, "figure x")


def test_a_train_job_imports_little():
    code = (
        "import sys, adamatlas.cli, adamatlas.store\n"
        "import adamatlas.engines.run, adamatlas.engines.fused, adamatlas.problems.patch_cnn.fused\n"
        "print([m for m in ('torch', 'pydantic', 'xarray', 'pandas') if m in sys.modules])"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"


def test_version(capsys):
    with pytest.raises(SystemExit):
        cli.main(["--version"])
    assert capsys.readouterr().out == "adamatlas 0.1.0\n"


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["tiny.one.level"], "no claims 'tiny.one'; there is none yet"),
        (["tang2025.tabel1.flips", "--config", ATLAS], "did you mean 'tang2025.table1'?"),
        (["tang2025.table1.flips", "--config", ATLAS, "--seeds", "9"], "as 100-119"),
        (["tang2025.table1.flips", "--config", ATLAS, "--seeds", "9-3"], "as 100-119"),
    ],
)
def test_a_challenge_that_cannot_be_is_one_line(folder, capsys, arguments, line):
    found = run(capsys, "challenge", *arguments, expect=2)
    assert line in found.err
    assert not (folder / "results").exists()


def test_a_challenge_draws_fresh_seeds_into_a_folder_of_its_own(folder):
    overlay = challenging._overlay(Inventory(config.read(Path("config.yaml"))), 100, 4)
    fresh = Inventory(config.read(Path("config.yaml"), [overlay]))
    assert fresh.results == Path("results") / "challenges" / "100-103" / "default"
    assert {seed for spec in fresh.data.values() for seed in spec["seeds"]} == {100, 101, 102, 103}
