"""Image sets: the idx reader, the embedded digits, what is said about a set that is missing or differs."""

from __future__ import annotations

import gzip
import hashlib
import os
import urllib.error
from dataclasses import replace
from pathlib import Path

import images
import numpy as np
import pytest

from adamatlas import cli, config
from adamatlas.cli import configs
from adamatlas.datasets import fetch, idx, local
from adamatlas.datasets.catalogue import SETS
from adamatlas.errors import UserError
from adamatlas.inventory import Inventory


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(local.VARIABLE, str(tmp_path))
    return tmp_path


@pytest.mark.parametrize("shape", [(5,), (2, 3), (2, 3, 4)])
@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_idx_files_are_read_plain_and_packed(tmp_path, shape, pack):
    array = np.arange(np.prod(shape), dtype=np.uint8).reshape(shape)
    path = tmp_path / "some-idx"
    path.write_bytes(pack(images.idx(array)))
    found, digest = idx.read(path)
    np.testing.assert_array_equal(found, array)
    assert digest == hashlib.sha256(images.idx(array)).hexdigest()


@pytest.mark.parametrize(
    "raw",
    [b"", b"\0\0\x0d\x01\0\0\0\0", b"\x89PNG", images.idx(np.zeros((2, 3)))[:-1],
     images.idx(np.zeros(3)) + b"x", b"\0\0\x08\x03\0\0",
     gzip.compress(images.idx(np.zeros(9)), mtime=0)[:-5]],
    ids=["empty", "type", "picture", "short", "long", "header", "packed"],
)  # fmt: skip
def test_other_files_are_refused_by_name(tmp_path, raw):
    path = tmp_path / "bad-idx"
    path.write_bytes(raw)
    with pytest.raises(UserError, match="bad-idx") as error:
        idx.read(path)
    assert "\n" not in str(error.value)


def test_digits_come_with_the_package(capsys):
    loaded = local.load("digits")
    ((pictures, labels),) = loaded.parts
    entry = SETS["digits"]
    assert pictures.shape == (*entry.sizes, *entry.shape)
    assert loaded.note == "official"
    assert np.bincount(labels).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
    scaled = pictures / entry.peak
    assert scaled.max() == 1
    np.testing.assert_allclose([scaled.mean(), scaled.std()], [entry.mean, entry.std], atol=5e-5)
    assert not capsys.readouterr().err


def test_a_missing_set_is_one_line_with_the_place_and_the_command(folder):
    with pytest.raises(UserError) as error:
        local.load("mnist")
    text = str(error.value)
    assert "\n" not in text
    assert str(folder / "mnist") in text
    assert "adamatlas fetch mnist" in text
    assert "data_dir" in text


@pytest.mark.parametrize("packed", [True, False])
def test_other_contents_are_taken_with_a_warning(folder, capsys, packed):
    images.write_mnist(folder, packed=packed)
    loaded = local.load("mnist")
    assert [part[0].shape for part in loaded.parts] == [(40, 28, 28), (20, 28, 28)]
    assert loaded.note.startswith("not the official contents: train-images-idx3-ubyte")
    assert "warning: mnist" in capsys.readouterr().err


def test_images_without_their_labels_are_refused(folder):
    images.write_mnist(folder)
    path = folder / "mnist" / "t10k-labels-idx1-ubyte.gz"
    path.write_bytes(gzip.compress(images.idx(np.zeros(3))))
    with pytest.raises(UserError, match="t10k-images-idx3-ubyte and t10k-labels-idx1-ubyte"):
        local.load("mnist")


def test_the_folder_is_the_variable_or_the_cache(monkeypatch, tmp_path):
    monkeypatch.setenv(local.VARIABLE, str(tmp_path))
    assert local.home("mnist") == tmp_path / "mnist"
    monkeypatch.delenv(local.VARIABLE)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert local.home("mnist").is_relative_to(tmp_path / "cache" / "adamatlas")


@pytest.fixture
def mirrors(monkeypatch: pytest.MonkeyPatch) -> dict[str, bytes]:
    """Addresses that answer; those of a small set become the official contents."""
    answers: dict[str, bytes] = {}

    def download(address: str) -> bytes:
        if address not in answers:
            raise urllib.error.URLError("no route")
        return answers[address]

    monkeypatch.setattr(fetch, "_download", download)
    monkeypatch.setattr(fetch, "MIRRORS", {"mnist": ("https://one/", "https://two/")})
    files = list(SETS["mnist"].sha256)
    contents = {file: images.idx(np.full(3, number)) for number, file in enumerate(files)}
    digests = {file: hashlib.sha256(raw).hexdigest() for file, raw in contents.items()}
    monkeypatch.setitem(SETS, "mnist", replace(SETS["mnist"], sha256=digests))
    answers |= {f"https://two/{file}.gz": gzip.compress(raw) for file, raw in contents.items()}
    return answers


def test_fetch_goes_to_the_next_mirror_and_leaves_what_is_there(folder, mirrors):
    mirrors["https://one/train-images-idx3-ubyte.gz"] = gzip.compress(b"another file")
    assert len(fetch.fetch("mnist")) == 4
    kept = folder / "mnist" / "train-images-idx3-ubyte.gz"
    assert gzip.decompress(kept.read_bytes()) == images.idx(np.full(3, 0))
    assert fetch.fetch("mnist") == []


def test_fetch_refuses_other_contents_and_names_every_mirror(folder, mirrors):
    mirrors["https://two/train-images-idx3-ubyte.gz"] = gzip.compress(b"another file")
    with pytest.raises(
        UserError, match=r"train-images.*https://one/: no route; https://two/: other contents"
    ):
        fetch.fetch("mnist")
    assert not list(folder.rglob("*"))


def test_nothing_is_fetched_for_an_embedded_set():
    with pytest.raises(UserError, match="comes with adamatlas"):
        fetch.fetch("digits")


def test_the_command_fetches_into_the_data_dir_of_the_config(tmp_path, monkeypatch, mirrors, capsys):
    monkeypatch.setenv(local.VARIABLE, "elsewhere")
    (tmp_path / "over.yaml").write_text(f"data_dir: {tmp_path / 'sets'}\n")
    assert cli.main(["fetch", "mnist", "--configfile", str(tmp_path / "over.yaml")]) == 0
    assert len(list((tmp_path / "sets" / "mnist").iterdir())) == 4
    assert "4 files" in capsys.readouterr().out


@pytest.mark.needs_data
def test_mnist_where_it_is_there_is_the_official_one():
    if not os.environ.get(local.VARIABLE):
        pytest.skip(f"{local.VARIABLE} names no folder of image sets")
    try:
        loaded = local.load("mnist")
    except UserError as error:
        pytest.skip(str(error))
    assert [len(labels) for _, labels in loaded.parts] == list(SETS["mnist"].sizes)
    assert loaded.note == "official"
    scaled = loaded.parts[0][0] / SETS["mnist"].peak
    np.testing.assert_allclose([scaled.mean(), scaled.std()], [0.1307, 0.3081], atol=5e-5)


@pytest.mark.parametrize(("scale", "missing"), [("default", False), ("paper", True)])
def test_the_plan_says_which_sets_are_missing(tmp_path, monkeypatch, scale, missing):
    monkeypatch.setenv(local.VARIABLE, "elsewhere")
    (tmp_path / "over.yaml").write_text(f"data_dir: {tmp_path / 'sets'}\n")
    inventory = Inventory(config.read("config.yaml", [tmp_path / "over.yaml"], scale=scale))
    found = configs.missing_sets(inventory)
    assert len(found) == missing
    assert all(str(tmp_path / "sets" / "mnist") in line and "adamatlas fetch mnist" in line for line in found)
