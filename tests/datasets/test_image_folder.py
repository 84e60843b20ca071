"""Folders of JPEG and PNG images: classes, cropping, and files that are broken or missing."""

from __future__ import annotations

from pathlib import Path

import images
import numpy as np
import pytest
from PIL import Image

from adamatlas.datasets import image_folder, local
from adamatlas.errors import UserError
from adamatlas.problems.images.data import provenance, sample
from adamatlas.problems.images.sample import Sample

SETTINGS = images.SETTINGS | {
    "dataset": "imagefolder", "folder": "tiny", "image_size": 8, "per_class": 2, "n_train": 5, "n_val": 1,
    "n_test": 3,
}  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(local.VARIABLE, str(tmp_path))
    local._load.cache_clear()
    return tmp_path


def paths(part: image_folder.Files) -> list[str]:
    return [path.stem for path in part.paths]


def test_classes_are_the_folders_of_train_in_order(folder):
    images.write_tree(folder / "tiny", {"b": 2, "a": 3, "c": 2}, {"a": 1, "b": 2})
    loaded = local.load(SETTINGS)
    train, val = loaded.parts
    assert (loaded.shape, loaded.classes, loaded.contents) == ((3, 8, 8), 3, "tiny")
    assert paths(train) == ["a_0", "a_1", "a_2", "b_0", "b_1", "c_0", "c_1"]
    assert train.labels.tolist() == [0, 0, 0, 1, 1, 2, 2]
    assert (paths(val), val.labels.tolist()) == (["a_0", "b_0", "b_1"], [0, 1, 1])


def test_an_image_is_its_square_middle_resized(tmp_path):
    pixels = np.zeros((8, 14, 3), np.uint8)
    pixels[:, 3:11] = (10, 20, 30)
    Image.fromarray(pixels).save(tmp_path / "one.png")
    for side in (8, 4):
        found = image_folder.image(tmp_path / "one.png", side)
        assert found.shape == (3, side, side)
        assert (found == np.array([10, 20, 30])[:, None, None]).all()
    Image.fromarray(pixels[..., 0]).save(tmp_path / "grey.png")
    assert (image_folder.image(tmp_path / "grey.png", 8) == 10).all()


def test_a_draw_holds_so_many_images_of_each_class_and_decodes_them_alone(folder, monkeypatch):
    images.write_tree(folder / "tiny", {"a": 5, "b": 4, "c": 6}, {"a": 2, "b": 2})
    draws = [sample(SETTINGS, seed) for seed in (0, 1, 2)]
    train = local.load(SETTINGS).parts[0]
    for draw in draws:
        chosen = np.concatenate([draw["train_index"], draw["val_index"]])
        assert np.bincount(train.labels[chosen]).tolist() == [2, 2, 2]
    assert len({tuple(sorted(draw["train_index"])) for draw in draws}) > 1
    monkeypatch.setattr(image_folder, "image", None)  # decoded by the draw, never again
    one = Sample(SETTINGS | {"pixel_scale": "raw"}, draws[0], 0, "float32")
    x, y = one.batch("train", slice(None))
    monkeypatch.undo()
    monkeypatch.setenv(local.VARIABLE, str(folder))
    for k, index in enumerate(draws[0]["train_index"]):
        np.testing.assert_array_equal(x[k], image_folder.image(train.paths[index], 8))
        assert y[k] == train.labels[index]
    assert (one.shape, one.classes, one.count("test")) == ((3, 8, 8), 3, 3)


def test_the_checksum_is_that_of_names_and_sizes(folder):
    images.write_tree(folder / "tiny", {"a": 2, "b": 2})
    before = provenance(SETTINGS)
    assert before["data_set_contents"] == "tiny"
    (folder / "tiny" / "train" / "a" / "images" / "a_0.JPEG").unlink()
    local._load.cache_clear()
    assert provenance(SETTINGS)["data_set_checksum"] != before["data_set_checksum"]


def break_it(folder: Path, harm: str) -> None:
    place = folder / "tiny"
    images.write_tree(place, {"a": 3, "b": 3}, {"a": 4})
    file = place / "train" / "b" / "images" / "b_0.JPEG"
    if harm == "missing":
        (place / "train").rename(place / "training")
    elif harm == "flat":
        (place / "train").rename(place / "old")
        (place / "train").mkdir()
    elif harm == "empty":
        (place / "train" / "c").mkdir()
    elif harm == "class":
        (place / "val" / "z").mkdir()
    elif harm == "few":
        file.unlink()
        file.with_name("b_1.png").unlink()
    elif harm == "cut":
        for path in file.parent.iterdir():
            path.write_bytes(path.read_bytes()[:-40])
    elif harm == "page":
        for path in file.parent.iterdir():
            path.write_bytes(b"<html>")


@pytest.mark.parametrize(
    ("harm", "text"),
    [
        ("missing", "tiny/train: no such folder; put the images there, in one folder for each class"),
        ("flat", "tiny/train: no folders in it; there must be one for each class"),
        ("empty", "tiny/train/c: no JPEG or PNG image in it"),
        ("class", "tiny/val/z: no such class in .*tiny/train"),
        ("few", "per_class = 2, but class b has 1 training images in .*tiny"),
        ("cut", r"b_\d.(JPEG|png): a broken image"),
        ("page", r"b_\d.(JPEG|png): a broken image"),
    ],
)
def test_what_is_wrong_with_a_folder_is_one_line_and_nothing_is_kept(folder, harm, text):
    break_it(folder, harm)
    with pytest.raises(UserError, match=text) as error:
        sample(SETTINGS | {"n_train": 4, "n_val": 0, "n_test": 1}, 0)
    assert "\n" not in str(error.value)
    assert not list(folder.glob("decoded/*"))
