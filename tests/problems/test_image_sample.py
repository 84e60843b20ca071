"""Minibatches of images: scales, crops and flips from streams of their own, one copy on the device."""

from __future__ import annotations

import images
import numpy as np
import pytest
import torch

from adamatlas.datasets import local
from adamatlas.datasets.catalogue import SETS
from adamatlas.problems.images import sample as module
from adamatlas.problems.images.data import sample
from adamatlas.problems.images.sample import PADDING, Sample, moved, moves

SETTINGS = images.SETTINGS | {
    "dataset": "cifar10", "n_train": 20, "n_val": 4, "n_test": 6, "augmentation": "crop_flip", "sigma_p": 0.0,
}  # fmt: skip


@pytest.fixture(autouse=True)
def cifar10(tmp_path, monkeypatch):
    monkeypatch.setenv(local.VARIABLE, str(tmp_path))
    images.write_cifar(tmp_path, "cifar10", images.cifar_files("cifar10"))


def sample_of(seed=0, **changes):
    settings = SETTINGS | changes
    return Sample(settings, sample(settings, seed), seed, "float32")


def by_hand(picture, move, fill):
    """One crop of the padded image, by slices: (channels, rows, columns)."""
    flip, down, right = (int(value) for value in move)
    padded = np.empty((3, 32 + 2 * PADDING, 32 + 2 * PADDING), picture.dtype)
    padded[:] = fill
    padded[:, PADDING:-PADDING, PADDING:-PADDING] = picture
    crop = padded[:, down : down + 32, right : right + 32]
    return crop[:, :, ::-1] if flip else crop


def test_pixels_are_scaled_per_channel():
    entry = SETS["cifar10"]
    x, _ = sample_of(pixel_scale="normalised").batch("train", slice(None))
    raw, _ = sample_of(pixel_scale="raw").batch("train", slice(None))
    for channel in range(3):
        expected = (raw[:, channel] / 255 - entry.mean[channel]) / entry.std[channel]
        torch.testing.assert_close(x[:, channel], expected, rtol=1e-5, atol=1e-6)
    unit, _ = sample_of(pixel_scale="unit").batch("train", slice(None))
    torch.testing.assert_close(unit, raw / 255)


@pytest.mark.parametrize("sigma_p", [0.0, 1.5])
def test_an_augmented_image_is_a_crop_of_the_padded_one_flipped_or_not(sigma_p):
    one = sample_of()
    plain = one.batch("train", slice(None), sigma_p=sigma_p)[0].numpy()
    found = one.batch("train", slice(None), epoch=3, sigma_p=sigma_p)[0].numpy()
    black = (-one._shift * one._factor).numpy()
    move = moves(0, 3, 20).numpy()
    for k in range(20):
        np.testing.assert_array_equal(found[k], by_hand(plain[k], move[k], black))


def test_moves_are_uniform_and_differ_from_epoch_to_epoch():
    drawn = np.concatenate([moves(5, epoch, 900).numpy() for epoch in range(10)])
    for column, values in enumerate((2, 2 * PADDING + 1, 2 * PADDING + 1)):
        counts = np.bincount(drawn[:, column], minlength=values)
        assert len(counts) == values
        assert np.abs(counts / 9000 - 1 / values).max() < 0.02
    assert (moves(5, 0, 900) != moves(5, 1, 900)).any()
    assert (moves(5, 0, 900) != moves(6, 0, 900)).any()
    np.testing.assert_array_equal(moves(5, 0, 90), moves(5, 0, 900)[:90])


def test_an_image_is_moved_alike_in_a_batch_of_any_size():
    one = sample_of()
    whole, labels = one.batch("train", slice(None), epoch=1)
    chosen = torch.tensor([7, 2, 19])
    some, some_labels = one.batch("train", chosen, epoch=1)
    torch.testing.assert_close(some, whole[chosen], rtol=0, atol=0)
    assert some_labels.tolist() == labels[chosen].tolist()


def test_only_training_images_are_augmented_and_only_in_an_epoch():
    one, plain = sample_of(), sample_of(augmentation="none")
    for split, epoch in (("val", 0), ("test", 2), ("train", None)):
        torch.testing.assert_close(one.batch(split, slice(None), epoch), plain.batch(split, slice(None)))
    torch.testing.assert_close(plain.batch("train", slice(None), 0), plain.batch("train", slice(None)))


def test_few_images_and_many_are_scaled_to_the_same_bits(monkeypatch):
    few, chosen = sample_of(augmentation="none"), torch.tensor([3, 1])
    kept = few.batch("train", chosen)[0]
    monkeypatch.setattr(module, "FEW_PIXELS", 0)
    many = sample_of(augmentation="none")
    torch.testing.assert_close(many.batch("train", chosen)[0], kept, rtol=0, atol=0)
    assert few._kept
    assert not many._kept


def test_the_set_is_on_the_device_once_for_all_seeds():
    one, two = sample_of(0), sample_of(1)
    for split in ("train", "val", "test"):
        assert one._splits[split].images.data_ptr() == two._splits[split].images.data_ptr()
        assert one._splits[split].images.dtype == torch.uint8
    assert one._splits["train"].images.data_ptr() == local.load(SETTINGS).parts[0].images.ctypes.data


def test_a_batch_that_is_changed_changes_nothing_else():
    one = sample_of(augmentation="none")
    before = one.batch("train", torch.arange(20))[0].clone()
    one.batch("train", torch.arange(20))[0].zero_()
    torch.testing.assert_close(one.batch("train", torch.arange(20))[0], before)


def test_moved_fills_with_zero():
    x = torch.full((1, 3, 4, 4), 9, dtype=torch.uint8)
    out = moved(x, torch.tensor([[0, 2 * PADDING, PADDING]]))
    assert out.dtype == torch.uint8
    assert not out.any()
