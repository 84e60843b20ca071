"""Noisy images: splits, pixel scales, the network against plain torch, norms of per-example gradients."""

from __future__ import annotations

import images
import numpy as np
import pytest
import torch
from torch.func import grad, vmap
from torch.nn import functional

from adamatlas.config import load
from adamatlas.datasets import local
from adamatlas.errors import UserError
from adamatlas.problems.images import convolution
from adamatlas.problems.images.data import provenance, sample
from adamatlas.problems.images.sample import Sample, scale
from adamatlas.problems.images.settings import DATA_KEYS, Settings
from adamatlas.regularizers.ghost import objective_gradient, squared_norms


def test_splits_are_disjoint_parts_of_the_set():
    settings = images.SETTINGS | {"n_train": 1000, "n_val": 297, "n_test": 500}
    draw = sample(settings, 0)
    index = np.concatenate([draw[f"{split}_index"] for split in ("train", "val", "test")])
    np.testing.assert_array_equal(np.sort(index), np.arange(1797))
    assert (draw["train_index"] != sample(settings, 1)["train_index"]).any()
    np.testing.assert_array_equal(draw["test_index"], sample(settings, 0)["test_index"])


def test_the_official_test_part_is_used_where_there_is_one(tmp_path, monkeypatch):
    monkeypatch.setenv(local.VARIABLE, str(tmp_path))
    images.write_mnist(tmp_path)
    settings = images.SETTINGS | {"dataset": "mnist", "n_train": 24, "n_val": 16, "n_test": 20}
    draw = sample(settings, 0)
    np.testing.assert_array_equal(np.sort(draw["test_index"]), np.arange(20))
    every = Sample(settings | {"pixel_scale": "raw"}, draw, 0, "float32").batch("test", slice(None))
    part = local.load(settings).parts[1]
    np.testing.assert_array_equal(every[0], part.images[draw["test_index"]])
    np.testing.assert_array_equal(every[1], part.labels[draw["test_index"]])
    made = provenance(settings)
    assert made["data_set_contents"].startswith("not the official")
    assert made["data_set_checksum"] == local.load(settings).checksum
    with pytest.raises(
        UserError, match="n_train \\+ n_val = 41, but the training part of mnist has 40 images"
    ):
        sample(settings | {"n_val": 17}, 0)


def test_so_many_images_of_each_class_are_drawn_by_the_seed():
    settings = images.SETTINGS | {"per_class": 6, "n_train": 40, "n_val": 10, "n_test": 10}
    labels = local.load(settings).parts[0].labels
    draws = [np.concatenate([*sample(settings, seed).values()]) for seed in (0, 1)]
    for drawn in draws:
        assert np.bincount(labels[drawn]).tolist() == [6] * 10
        assert len(np.unique(drawn)) == 60
    assert {*draws[0]} != {*draws[1]}
    with pytest.raises(UserError, match="per_class = 175, but class 8 has 174 training images"):
        sample(settings | {"per_class": 175}, 0)
    with pytest.raises(UserError, match=r"n_train \+ n_val \+ n_test = 61, but digits has 60 images"):
        sample(settings | {"n_test": 11}, 0)


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({"n_train": 1000, "n_val": 800}, "n_train + n_val + n_test = 2,300, but digits has 1,797 images"),
        ({"dataset": "mnist", "n_test": 10_001}, "the test part of mnist has 10,000 images"),
        ({"dataset": "mnist", "n_val": 60_000}, "but the training part of mnist has 60,000 images"),
        ({"dataset": "cifar10", "n_val": 49_900}, "but the training part of cifar10 has 50,000 images"),
        ({"per_class": 10, "n_train": 50, "n_val": 40, "n_test": 11}, "digits has 100 images"),
        ({"dataset": "imagefolder", "image_size": 8}, "dataset imagefolder needs folder"),
        ({"dataset": "imagefolder", "folder": "a"}, "dataset imagefolder needs image_size"),
        ({"folder": "a"}, "dataset imagefolder alone has folder"),
        (
            {"dataset": "imagefolder", "folder": "../a", "image_size": 8},
            "the name of a folder below data_dir",
        ),
        ({"engine": "fused"}, "found fused; images is trained by torch_images"),
    ],
)
def test_mistakes_are_one_line(given, text):
    with pytest.raises(UserError) as error:
        load(config(given))
    (line,) = str(error.value).splitlines()
    assert text in line
    assert "studies.try.images" in line


def test_the_engine_of_images_needs_not_be_named():
    study = load(config({})).studies["try.images"]
    assert study.cells[0].blocks[0].train_spec["engine"] == "torch_images"
    assert study.cells[0].blocks[0].data_spec["settings"].keys() == {*DATA_KEYS}


def config(given: dict) -> dict:
    settings = {"problem": "images", "epochs": 1, "lr": 0.1, "optimizer": "sgd", "batch_size": 10} | given
    study = {"settings": settings, "measures": ["image_histories"]}
    return {"papers": {"try": {"title": "t", "reference": "r"}}, "studies": {"try.images": study}}


def test_settings_fit_at_their_limits():
    Settings(dataset="digits", n_train=1000, n_val=297, n_test=500)


@pytest.mark.parametrize(
    ("kind", "low", "high"),
    [("raw", 0, 16), ("unit", 0, 1), ("normalised", -0.3053 / 0.3760, (1 - 0.3053) / 0.3760)],
)
def test_pixel_scales(kind, low, high):
    (shift,), (factor,) = scale("digits", kind)
    np.testing.assert_allclose([factor * (0 - shift), factor * (16 - shift)], [low, high])


def test_noise_is_on_the_training_images_alone_fixed_and_of_the_stated_size():
    settings = images.SETTINGS | {"n_train": 800}
    one = Sample(settings, sample(settings, 0), 0, "float64")
    everything = slice(None)
    clean, noisy = (one.batch("train", everything, sigma_p=sigma)[0] for sigma in (0.0, 2.0))
    noise = ((noisy - clean) / 2.0).numpy()
    assert abs(noise.mean()) < 0.02
    assert abs(noise.std() - 1) < 0.02
    assert len(np.unique(noise.reshape(800, -1)[:, 0])) == 800
    torch.testing.assert_close(one.batch("train", torch.tensor([5, 3]), 4, 2.0)[0], noisy[[5, 3]])
    torch.testing.assert_close(one.batch("val", everything, sigma_p=2.0), one.batch("val", everything))


def problem(side, activation, batch=7):
    flat, random = images.network("lenet5", (1, side, side), activation), torch.Generator().manual_seed(1)
    flat.weights.copy_(0.2 * torch.randn(len(flat.weights), generator=random, dtype=torch.float64))
    x = torch.randn(batch, 1, side, side, generator=random, dtype=torch.float64)
    weights = list(flat.network.parameters())
    return flat.network, weights, x, torch.randint(0, 10, (batch,), generator=random)


CASES = pytest.mark.parametrize(("side", "activation"), [(28, "relu"), (8, "relu"), (8, "tanh")])


@CASES
def test_the_network_is_lenet5(side, activation):
    network, weights, x, _ = problem(side, activation)
    plain = images.plain_lenet5(weights, x, side, activation)
    torch.testing.assert_close(network(x), plain, rtol=1e-12, atol=1e-12)
    if side == 28:
        assert sum(w.numel() for w in weights) == 61_706


@CASES
def test_ghost_norms_are_those_of_per_example_gradients(side, activation):
    network, weights, x, y = problem(side, activation)

    def loss(w, one, label):
        return functional.cross_entropy(images.plain_lenet5(w, one[None], side, activation), label[None])

    each = vmap(grad(loss), (None, 0, 0))(tuple(weights), x, y)
    squares = sum(part.square().flatten(1).sum(1) for part in each)
    torch.testing.assert_close(squared_norms(network, x, y)[1], squares, rtol=1e-12, atol=0)


@CASES
@pytest.mark.parametrize("kind", ["none", "per_example_gradient", "full_gradient"])
def test_regularized_gradients_are_those_of_double_backward(side, activation, kind):
    network, weights, x, y = problem(side, activation)
    each = functional.cross_entropy(images.plain_lenet5(weights, x, side, activation), y, reduction="none")
    inner = [each.mean()] if kind == "full_gradient" else each if kind == "per_example_gradient" else []
    gradients = [torch.autograd.grad(one, weights, create_graph=True) for one in inner]
    penalty = sum((part**2).sum() for parts in gradients for part in parts) / max(len(gradients), 1)
    expected = torch.autograd.grad(each.mean() + 0.3 * penalty, weights)
    loss, found = objective_gradient(network, weights, x, y, kind, 0.3)
    torch.testing.assert_close(loss, each.mean().detach(), rtol=1e-12, atol=0)
    for ours, theirs in zip(found, expected, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-10, atol=1e-14)


def test_weights_start_gaussian_and_biases_at_zero():
    flat = images.network("lenet5", (1, 8, 8), sigma_0=0.1)
    for name, part in flat.network.named_parameters():
        assert not part.any() if name.endswith("bias") else abs(float(part.detach().std()) - 0.1) < 0.02
    assert (flat.weights != images.network("lenet5", (1, 8, 8), sigma_0=0.1, seed=1).weights).any()
    doubled = images.network("lenet5", (1, 8, 8), sigma_0=0.2).weights
    torch.testing.assert_close(flat.weights, 0.5 * doubled)


@CASES
def test_what_a_gpu_computes_instead_of_the_compiled_passes_is_the_same(side, activation, monkeypatch):
    network, weights, x, y = problem(side, activation)
    loss, compiled = objective_gradient(network, weights, x, y, "per_example_gradient", 0.3)
    monkeypatch.setattr(convolution, "_compiles", lambda x: False)
    again, plain = objective_gradient(network, weights, x, y, "per_example_gradient", 0.3)
    torch.testing.assert_close(again, loss, rtol=1e-12, atol=0)
    torch.testing.assert_close(plain, compiled, rtol=1e-10, atol=1e-14)
