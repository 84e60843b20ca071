"""An image set that is not the official one, from the data stage to the cube; mistakes at the data stage."""

from __future__ import annotations

import json

import images
import pytest
from helpers import gather_spec

from adamatlas import cli, store
from adamatlas.cli import jobs
from adamatlas.datasets import local

SETTINGS = {
    "dataset": "mnist", "folder": None, "image_size": None, "per_class": None, "n_train": 16, "n_val": 8,
    "n_test": 10,
}  # fmt: skip


def run(*arguments: str) -> int:
    return cli.main(arguments)


def stage(name: str, spec: dict, *arguments: object) -> int:
    return run(name, "--spec", json.dumps(spec), *map(str, arguments))


def data_spec(**changes) -> dict:
    return {"problem": "images", "seeds": [0, 1], "settings": SETTINGS | changes}


def test_the_provenance_of_a_local_set_reaches_the_cube(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv(local.VARIABLE, str(tmp_path))
    monkeypatch.setattr(jobs, "guard", lambda stage, spec: None)  # all stages in this one process
    images.write_mnist(tmp_path)
    data, trace, measured, cube = (tmp_path / f"{name}.nc" for name in ("data", "trace", "measured", "cube"))
    assert stage("data", data_spec(), "--out", data) == 0
    assert "warning: mnist" in capsys.readouterr().err
    lanes = {"reg_lambda": [0.0, 0.01], "seed": [0, 1]}
    train = images.train_spec(
        settings=SETTINGS,
        regularizer={"regularizer": "per_example_gradient"},
        schedule={"steps": 2, "steps_per_epoch": 2, "weights": False},
        axes={"regularizer": "per_example_gradient"},
        lanes=lanes,
    )
    assert stage("train", train, "--data", data, "--checkpoints", tmp_path, "--out", trace) == 0
    measure = {"measure": "image_histories", "problem": "images", "options": {}}
    assert stage("measure", measure, "--trace", trace, "--data", data, "--out", measured) == 0
    gather = gather_spec("meng2023.fig5", [train["axes"]], {"reg_lambda": lanes["reg_lambda"]}, seeds=2)
    assert stage("gather", gather, "--measure", measured, "--out", cube) == 0
    for file in (data, trace, measured, cube):
        attrs = store.read_dataset(file).attrs
        assert attrs["data_set"] == "mnist"
        assert attrs["data_set_contents"].startswith("not the official contents: train-images")
        assert attrs["data_set_checksum"] == local.load(SETTINGS).checksum
    assert store.read_dataset(cube)["test_accuracy"].notnull().all()
    assert not list(tmp_path.glob("*.npz"))


def test_a_training_refuses_another_set_than_that_of_its_data(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(jobs, "guard", lambda stage, spec: None)
    data, trace = tmp_path / "data.nc", tmp_path / "trace.nc"
    for name, count in (("one", 40), ("two", 41)):
        images.write_mnist(tmp_path / name, train=count)
    monkeypatch.setenv(local.VARIABLE, str(tmp_path / "one"))
    assert stage("data", data_spec(), "--out", data) == 0
    monkeypatch.setenv(local.VARIABLE, str(tmp_path / "two"))
    capsys.readouterr()
    spec = images.train_spec(settings=SETTINGS)
    assert stage("train", spec, "--data", data, "--checkpoints", tmp_path, "--out", trace) == 2
    text = capsys.readouterr().err.splitlines()[-1]
    assert f"data.nc: drawn from other files than those of mnist in {tmp_path / 'two' / 'mnist'}" in text
    assert not trace.exists()


@pytest.mark.parametrize(
    ("changes", "text"),
    [({"n_val": 25}, "the training part of mnist has 40 images"), ({"n_test": 21}, "mnist has 20 images")],
)
def test_splits_larger_than_the_files_are_one_line(tmp_path, monkeypatch, capsys, changes, text):
    monkeypatch.setenv(local.VARIABLE, str(tmp_path))
    images.write_mnist(tmp_path)
    assert stage("data", data_spec(**changes), "--out", tmp_path / "data.nc") == 2
    assert text in capsys.readouterr().err.splitlines()[-1]


def test_a_missing_set_ends_the_job_in_one_line(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv(local.VARIABLE, str(tmp_path))
    assert stage("data", data_spec(), "--out", tmp_path / "data.nc") == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "adamatlas fetch mnist" in line
    assert str(tmp_path / "mnist" / "train-images-idx3-ubyte") in line
    assert not (tmp_path / "data.nc").exists()
