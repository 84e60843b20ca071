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
from adamatlas.problems.images.settings import Settings
from adamatlas.problems.images.torch_images import Sample, scale
from adamatlas.regularizers.ghost import objective_gradient, squared_norms


def test_splits_are_disjoint_parts_of_the_set():
    settings = images.SETTINGS | {"n_train": 1000, "n_val": 297, "n_test": 500}
    draw = sample(settings, 0)
    rows = np.concatenate([draw[f"{split}_image"].reshape(-1, 64) for split in ("train", "val", "test")])
    everything = local.load("digits").parts[0][0].reshape(-1, 64)
    assert sorted(map(bytes, rows)) == sorted(map(bytes, everything))
    assert (draw["train_image"] != sample(settings, 1)["train_image"]).any()
    np.testing.assert_array_equal(draw["test_label"], sample(settings, 0)["test_label"])


def test_labels_belong_to_their_images():
    draw = sample(images.SETTINGS, 3)
    pictures, labels = local.load("digits").parts[0]
    known = dict(zip(map(bytes, pictures.reshape(-1, 64)), labels, strict=True))
    assert [known[bytes(one)] for one in draw["val_image"].reshape(-1, 64)] == draw["val_label"].tolist()


def test_the_official_test_part_is_used_where_there_is_one(tmp_path, monkeypatch):
    monkeypatch.setenv(local.VARIABLE, str(tmp_path))
    images.write_mnist(tmp_path)
    settings = images.SETTINGS | {"dataset": "mnist", "n_train": 24, "n_val": 16, "n_test": 20}
    draw = sample(settings, 0)
    official = local.load("mnist").parts[1][0].reshape(20, -1)
    assert sorted(map(bytes, draw["test_image"].reshape(20, -1))) == sorted(map(bytes, official))
    assert provenance(settings)["data_set_contents"].startswith("not the official")
    with pytest.raises(
        UserError, match="n_train \\+ n_val = 41, but the training part of mnist has 40 images"
    ):
        sample(settings | {"n_val": 17}, 0)


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({"n_train": 1000, "n_val": 800}, "n_train + n_val + n_test = 2,300, but digits has 1,797 images"),
        ({"dataset": "mnist", "n_test": 10_001}, "the test part of mnist has 10,000 images"),
        ({"dataset": "mnist", "n_val": 60_000}, "but the training part of mnist has 60,000 images"),
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
    assert study.cells[0].blocks[0].data_spec["settings"].keys() == {"dataset", "n_train", "n_val", "n_test"}


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
    shift, factor = scale("digits", kind)
    np.testing.assert_allclose([factor * (0 - shift), factor * (16 - shift)], [low, high])


def test_noise_is_on_the_training_images_alone_fixed_and_of_the_stated_size():
    settings = images.SETTINGS | {"n_train": 800}
    one = Sample(settings, sample(settings, 0), 0, "float64")
    everything = torch.arange(800)
    clean, noisy = (one.batch("train", everything, None, sigma)[0] for sigma in (0.0, 2.0))
    noise = ((noisy - clean) / 2.0).numpy()
    assert abs(noise.mean()) < 0.02
    assert abs(noise.std() - 1) < 0.02
    assert len(np.unique(noise[:, 0, 0, 0])) == 800
    torch.testing.assert_close(one.batch("train", torch.tensor([5, 3]), None, 2.0)[0], noisy[[5, 3]])
    some = torch.arange(8)
    torch.testing.assert_close(one.batch("val", some, None, 2.0), one.batch("val", some))


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
