"""Image sets: the idx reader, the embedded digits, what is said about a set that is missing or differs."""

from __future__ import annotations

import gzip
import hashlib
import os
from dataclasses import replace
from pathlib import Path

import images
import numpy as np
import pytest

from adamatlas import config
from adamatlas.cli import configs
from adamatlas.datasets import idx, local
from adamatlas.datasets.catalogue import SETS
from adamatlas.errors import UserError
from adamatlas.inventory import Inventory

MNIST = {"dataset": "mnist"}


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
    loaded = local.load({"dataset": "digits"})
    (part,) = loaded.parts
    entry = SETS["digits"]
    assert part.images.shape == (*entry.sizes, *entry.shape)
    assert (loaded.shape, loaded.classes, loaded.contents) == ((1, 8, 8), 10, "official")
    assert np.bincount(part.labels).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
    scaled = part.images / entry.peak
    assert scaled.max() == 1
    np.testing.assert_allclose([scaled.mean(), scaled.std()], [*entry.mean, *entry.std], atol=5e-5)
    assert not capsys.readouterr().err


def test_a_missing_set_is_one_line_with_the_place_and_the_command(folder):
    with pytest.raises(UserError) as error:
        local.load(MNIST)
    text = str(error.value)
    assert "\n" not in text
    assert str(folder / "mnist") in text
    assert "adamatlas fetch mnist" in text
    assert "data_dir" in text


@pytest.mark.parametrize("packed", [True, False])
def test_other_contents_are_taken_with_a_warning(folder, capsys, packed):
    images.write_mnist(folder, packed=packed)
    loaded = local.load(MNIST)
    assert [part.images.shape for part in loaded.parts] == [(40, 1, 28, 28), (20, 1, 28, 28)]
    assert loaded.contents.startswith("not the official contents: train-images-idx3-ubyte")
    assert "warning: mnist" in capsys.readouterr().err


def test_images_without_their_labels_are_refused(folder):
    images.write_mnist(folder)
    path = folder / "mnist" / "t10k-labels-idx1-ubyte.gz"
    path.write_bytes(gzip.compress(images.idx(np.zeros(3))))
    with pytest.raises(UserError, match="t10k-images-idx3-ubyte and t10k-labels-idx1-ubyte"):
        local.load(MNIST)


def test_images_of_another_size_are_refused_by_name(folder):
    images.write_mnist(folder)
    path = folder / "mnist" / "t10k-images-idx3-ubyte.gz"
    path.write_bytes(gzip.compress(images.idx(np.zeros((20, 14, 14)))))
    with pytest.raises(UserError, match=r"t10k-images-idx3-ubyte.gz: images of 14x14 pixels.*28x28"):
        local.load(MNIST)


def test_a_set_whose_packed_files_alone_have_a_known_checksum(folder, monkeypatch, capsys):
    images.write_mnist(folder)
    (folder / "mnist").rename(folder / "fashion_mnist")
    files = {path.name: path.read_bytes() for path in (folder / "fashion_mnist").iterdir()}
    md5 = {name: hashlib.md5(raw).hexdigest() for name, raw in files.items()}
    monkeypatch.setitem(SETS, "fashion_mnist", replace(SETS["fashion_mnist"], md5=md5))
    assert local.load({"dataset": "fashion_mnist"}).contents == "official"
    assert not capsys.readouterr().err


def test_the_owner_says_what_other_contents_are(folder):
    images.write_mnist(folder)
    (folder / "mnist" / local.ABOUT).write_text("with marks of a pen\nmore about it\n")
    contents = local.load(MNIST).contents
    assert contents.startswith("with marks of a pen, not the official contents: train-images")


def test_a_set_has_the_checksum_of_its_contents(folder, monkeypatch, tmp_path_factory):
    images.write_mnist(folder)
    packed = local.load(MNIST).checksum
    other = tmp_path_factory.mktemp("other")
    monkeypatch.setenv(local.VARIABLE, str(other))
    images.write_mnist(other, packed=False)
    assert local.load(MNIST).checksum == packed
    label = other / "mnist" / "t10k-labels-idx1-ubyte"
    label.write_bytes(images.idx(np.zeros(20)))
    local._load.cache_clear()
    assert local.load(MNIST).checksum != packed


def test_the_folder_is_the_variable_or_the_cache(monkeypatch, tmp_path):
    monkeypatch.setenv(local.VARIABLE, str(tmp_path))
    assert local.home(MNIST) == tmp_path / "mnist"
    monkeypatch.delenv(local.VARIABLE)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert local.home(MNIST).is_relative_to(tmp_path / "cache" / "adamatlas")


@pytest.mark.needs_data
def test_mnist_where_it_is_there_is_the_official_one():
    if not os.environ.get(local.VARIABLE):
        pytest.skip(f"{local.VARIABLE} names no folder of image sets")
    try:
        loaded = local.load(MNIST)
    except UserError as error:
        pytest.skip(str(error))
    assert [len(part.labels) for part in loaded.parts] == list(SETS["mnist"].sizes)
    assert loaded.contents == "official"
    scaled = loaded.parts[0].images / SETS["mnist"].peak
    np.testing.assert_allclose([scaled.mean(), scaled.std()], [0.1307, 0.3081], atol=5e-5)


@pytest.mark.parametrize(("scale", "missing"), [("default", False), ("paper", True)])
def test_the_plan_says_which_sets_are_missing(tmp_path, monkeypatch, scale, missing):
    monkeypatch.setenv(local.VARIABLE, "elsewhere")
    (tmp_path / "over.yaml").write_text(f"data_dir: {tmp_path / 'sets'}\n")
    inventory = Inventory(config.read("config.yaml", [tmp_path / "over.yaml"], scale=scale))
    found = configs.missing_sets(inventory)
    assert bool(found) == missing
    assert all(str(tmp_path / "sets") in line for line in found)
    assert missing == any("adamatlas fetch mnist" in line for line in found)
