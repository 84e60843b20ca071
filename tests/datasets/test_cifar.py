"""CIFAR in its binary version: packed or not, decoded once, damaged."""

from __future__ import annotations

import gzip
import hashlib
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import images
import numpy as np
import pytest

from adamatlas.datasets import cifar, local
from adamatlas.datasets.catalogue import SETS
from adamatlas.errors import UserError

NAMES = pytest.mark.parametrize("name", ["cifar10", "cifar100"])


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(local.VARIABLE, str(tmp_path))
    local._load.cache_clear()
    return tmp_path


def load(name: str):
    """As another process would."""
    local._load.cache_clear()
    return local.load({"dataset": name})


@NAMES
@pytest.mark.parametrize("packed", [True, False])
def test_images_and_labels_are_those_of_the_files(folder, name, packed, capsys):
    files, entry = images.cifar_files(name), SETS[name]
    images.write_cifar(folder, name, files, packed)
    loaded = load(name)
    assert (loaded.shape, loaded.classes) == ((3, 32, 32), entry.classes)
    raw = [np.frombuffer(one, np.uint8).reshape(7, -1) for one in files.values()]
    for part, found in zip(loaded.parts, (np.concatenate(raw[:-1]), raw[-1]), strict=True):
        np.testing.assert_array_equal(part.labels, found[:, entry.label_bytes - 1])
        assert part.labels.dtype == np.int64
        np.testing.assert_array_equal(part.images.reshape(len(found), -1), found[:, entry.label_bytes :])
        np.testing.assert_array_equal(part.images[3, 2, 0], found[3, -1024:-992])  # blue, first row
    assert loaded.contents == f"not the official contents: {', '.join(files)}"
    assert f"warning: {name} in {folder / name}" in capsys.readouterr().err


@NAMES
def test_the_official_contents_are_known_packed_or_not(folder, name, monkeypatch, capsys):
    files = images.cifar_files(name)
    digests = {file: hashlib.sha256(raw).hexdigest() for file, raw in files.items()}
    monkeypatch.setitem(SETS, name, replace(SETS[name], sha256=digests))
    archive = images.write_cifar(folder, name, files)
    packed = load(name)
    archive.unlink()
    images.write_cifar(folder, name, files, packed=False)
    assert load(name).contents == packed.contents == "official"
    assert load(name).checksum == packed.checksum
    assert not capsys.readouterr().err


def test_a_set_is_decoded_once_and_anew_when_its_files_change(folder, monkeypatch):
    files = images.cifar_files("cifar100")
    unpacked = images.write_cifar(folder, "cifar100", files, packed=False)
    first = load("cifar100")
    assert isinstance(first.parts[0].images, np.memmap)
    decodings = []
    decode = cifar._decode
    monkeypatch.setattr(cifar, "_decode", lambda *args: (decodings.append(args), decode(*args))[1])
    assert load("cifar100").checksum == first.checksum
    assert not decodings
    (unpacked / "test.bin").write_bytes(files["test.bin"][: 3 * 3074])
    changed = load("cifar100")
    assert len(decodings) == 1
    assert changed.checksum != first.checksum
    assert len(changed.parts[1].labels) == 3
    np.testing.assert_array_equal(changed.parts[0].images, first.parts[0].images)


def test_writing_into_the_arrays_does_not_change_what_is_kept(folder):
    images.write_cifar(folder, "cifar10", images.cifar_files("cifar10"))
    part = load("cifar10").parts[1]
    before = part.images.copy()
    part.images[:] = 0
    np.testing.assert_array_equal(load("cifar10").parts[1].images, before)


def test_several_processes_may_decode_at_once(folder):
    images.write_cifar(folder, "cifar10", images.cifar_files("cifar10"))
    code = (
        "from adamatlas.datasets.local import load; print(load({'dataset': 'cifar10'}).parts[0].images.sum())"
    )
    jobs = [
        subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) for _ in range(3)
    ]
    sums = [job.communicate()[0] for job in jobs]
    assert [job.returncode for job in jobs] == [0, 0, 0]
    assert len({*sums}) == 1
    assert len(list((folder / "decoded").iterdir())) == 1


def test_a_folder_that_cannot_be_written_is_read_all_the_same(folder, capsys):
    images.write_cifar(folder, "cifar10", images.cifar_files("cifar10"))
    (folder / "decoded").write_text("in the way")
    assert len(load("cifar10").parts[0].labels) == 35
    assert "cannot be written (File exists); every job decodes cifar10 anew" in capsys.readouterr().err


def damaged(folder: Path, name: str, harm: str) -> None:
    files = images.cifar_files(name)
    if harm == "short":
        files["data_batch_2.bin"] = files["data_batch_2.bin"][:-1]
    elif harm == "label":
        files["data_batch_2.bin"] = b"\x0a" + files["data_batch_2.bin"][1:]
    elif harm == "member":
        del files["test_batch.bin"]
    archive = images.write_cifar(folder, name, files)
    raw = archive.read_bytes()
    changed = {"cut": raw[: len(raw) // 2], "page": b"<html>", "tar": gzip.compress(b"x"), "empty": b""}
    archive.write_bytes(changed.get(harm, raw))


@pytest.mark.parametrize(
    ("harm", "text"),
    [
        ("cut", "cifar-10-binary.tar.gz: not a complete .tar.gz archive .*truncated"),
        ("page", "cifar-10-binary.tar.gz: not a complete .tar.gz archive .*another file"),
        ("tar", "cifar-10-binary.tar.gz: not a complete .tar.gz archive"),
        ("empty", "cifar-10-binary.tar.gz: not a complete .tar.gz archive"),
        ("member", "no cifar-10-batches-bin/test_batch.bin in it"),
        ("short", "data_batch_2.bin has 21,510 bytes, which are no whole number of images of 3,073"),
        ("label", "data_batch_2.bin has a label 10; they must be below 10"),
    ],
)
def test_a_damaged_archive_is_one_line_and_nothing_is_kept(folder, harm, text):
    damaged(folder, "cifar10", harm)
    with pytest.raises(UserError, match=text) as error:
        load("cifar10")
    assert "\n" not in str(error.value)
    assert not list(folder.glob("decoded/*"))


def test_a_damaged_cache_says_what_to_remove(folder):
    images.write_cifar(folder, "cifar10", images.cifar_files("cifar10"))
    load("cifar10")
    (kept,) = (folder / "decoded").iterdir()
    (kept / "test_images.npy").write_bytes(b"")
    with pytest.raises(UserError, match=f"rm -r {kept}"):
        load("cifar10")


def test_a_missing_set_is_one_line_with_both_places(folder):
    with pytest.raises(UserError) as error:
        load("cifar10")
    assert str(folder / "cifar10" / "cifar-10-binary.tar.gz") in str(error.value)
    assert str(folder / "cifar10" / "cifar-10-batches-bin") in str(error.value)
    assert "adamatlas fetch cifar10" in str(error.value)


@pytest.mark.needs_data
@NAMES
def test_the_real_set_has_its_sizes_means_and_deviations(name):
    if not os.environ.get(local.VARIABLE):
        pytest.skip(f"{local.VARIABLE} names no folder of image sets")
    if said := local.missing({"dataset": name}):
        pytest.skip(said)
    loaded, entry = load(name), SETS[name]
    assert tuple(len(part.labels) for part in loaded.parts) == entry.sizes
    assert np.bincount(loaded.parts[0].labels).tolist() == [50_000 // entry.classes] * entry.classes
    scaled = loaded.parts[0].images / np.float32(entry.peak)
    near = 5e-5 if loaded.contents == "official" else 3e-3
    np.testing.assert_allclose(scaled.mean((0, 2, 3), np.float64), entry.mean, atol=near)
    np.testing.assert_allclose(scaled.std((0, 2, 3), np.float64), entry.std, atol=near)
