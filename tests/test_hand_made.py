"""Stages called by hand: specs with mistakes, files that cannot be written, options out of range."""

from __future__ import annotations

import json
import os

import pytest
from helpers import train_spec

from adamatlas import cli
from adamatlas.cli.hand_made import fault

SPEC = train_spec()
SETTINGS = {"sampler": "sparse", "d": 40, "n_train": 12, "s": 6}
DATA = {"problem": "patch_cnn", "seeds": [0], "settings": SETTINGS}


def changed(spec: dict, path: str, value: object) -> dict:
    """A copy with another value at `a.b`; ... removes the key."""
    spec = json.loads(json.dumps(spec))
    *parents, key = path.split(".")
    inner = spec
    for name in parents:
        inner = inner[name]
    inner[key] = value
    if value is ...:
        del inner[key]
    return spec


@pytest.mark.parametrize(
    ("stage", "path", "value", "said"),
    [
        ("data", "settings", [], "--spec: settings: found '[]'; must be an object"),
        ("data", "seeds", [], "--spec: seeds: found []; must be a list of seeds, 0, 1, ..."),
        ("data", "seeds", ["a"], "--spec: seeds: found ['a']; must be a list of seeds, 0, 1, ..."),
        ("data", "seeds", [-1], "--spec: seeds: found [-1]; must be a list of seeds, 0, 1, ..."),
        ("data", "seeds", ..., "--spec: no key 'seeds', which data needs"),
        ("data", "settings.d", ..., "--spec: settings: no key 'd', which patch_cnn needs"),
        ("train", "optimizer.lr", ..., "--spec: optimizer: no key 'lr'"),
        ("train", "schedule.steps", ..., "--spec: schedule: no key 'steps'"),
        ("train", "lanes", {}, "--spec: lanes.seed: found None; must be a list of seeds, 0, 1, ..."),
        ("train", "dtype", "float16", "--spec: dtype: found 'float16'; must be float32 or float64"),
        ("gather", "cells", {}, "--spec: no key 'id', which gather needs"),
    ],
)
def test_a_mistake_in_a_spec_is_named(stage, path, value, said):
    assert fault(stage, changed(DATA if stage == "data" else SPEC, path, value)) == said


def test_nothing_is_said_of_a_spec_without_mistakes():
    assert fault("data", DATA) is None
    assert fault("train", SPEC) is None
    assert fault("measure", {"measure": "errors", "problem": "patch_cnn", "options": {}}) is None


def error(capsys, *words: str) -> str:
    """The one line that a command ends with."""
    try:
        code = cli.main(words)
    except SystemExit as end:
        code = end.code
    assert code == 2
    return capsys.readouterr().err.splitlines()[-1]


@pytest.mark.parametrize("out", ["", "folder", "/dev/full", "pipe"])
def test_what_is_no_file_is_not_written_to(capsys, tmp_path, monkeypatch, out):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    said = error(capsys, "data", "--spec", json.dumps(DATA), "--out", out)
    assert said == f"adamatlas data: error: argument --out: found {out!r}; must be a file"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["folder", "pipe"]


def test_files_that_do_not_go_together(capsys, tmp_path):
    spec = json.dumps({"measure": "errors", "problem": "patch_cnn", "options": {}})
    cube = str(tmp_path / "cube.nc")
    same = error(capsys, "figure", "--spec", "{}", "--cube", cube, "--png", "a", "--pdf", "a")
    assert same == "adamatlas: error: --pdf: a is --png as well; name another file"
    own = error(capsys, "gather", "--spec", "{}", "--measure", cube, "--out", cube)
    assert own == f"adamatlas: error: --measure: {cube} is --out as well; name another file"
    few = error(capsys, "measure", "--spec", spec, "--trace", "a", "b", "--data", "c", "--out", "d")
    assert few == "adamatlas: error: --data: 1 files for 2 traces; give one for each"


@pytest.mark.parametrize("number", ["0", "-1", "x", "1.5", "\u0663"])
def test_threads_and_cores_are_whole_numbers_above_0(capsys, number):
    assert "must be a whole number above 0" in error(capsys, "plan", "--cores", number)
    assert "must be a whole number above 0" in error(capsys, "run", "a.b", "--cores", number)


def test_a_folder_in_the_place_of_a_spec(capsys, tmp_path):
    assert error(capsys, "data", "--spec", f"@{tmp_path}", "--out", str(tmp_path / "o")) == (
        f"adamatlas: error: {tmp_path}: Is a directory"
    )
