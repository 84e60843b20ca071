"""The networks of images: published sizes, outputs, gradients and their norms, what images they take."""

from __future__ import annotations

import images
import pytest
import torch
from torch import nn
from torch.nn import functional

from adamatlas import registry
from adamatlas.config import load
from adamatlas.datasets import catalogue
from adamatlas.errors import UserError
from adamatlas.problems.images import cost
from adamatlas.problems.images.initialization import flatten
from adamatlas.problems.images.settings import NETWORKS, Settings, network_says
from adamatlas.regularizers.ghost import layer_norms, losses, objective_gradient, squared_norms

NAMES = registry.names(NETWORKS)
PUBLISHED = [
    ("lenet5", (1, 28, 28), 10, 61_706, 10),
    ("small_cnn", (1, 8, 8), 10, 23_946, 8),
    ("small_cnn", (3, 32, 32), 10, 24_234, 8),
    ("alexnet", (3, 32, 32), 10, 2_472_266, 12),
    ("vgg16", (3, 32, 32), 10, 14_719_818, 28),
    ("vgg16_bn", (3, 32, 32), 10, 14_728_266, 54),
    ("resnet18", (3, 32, 32), 10, 11_173_962, 62),
    ("resnet50", (3, 224, 224), 1000, 25_557_032, 161),
    ("resnet101", (3, 224, 224), 1000, 44_549_160, 314),
]
"""(network, image, classes, weights and biases, tensors of them), as torchvision and CIFAR variants have."""


def empty(name: str, shape: tuple, classes: int = 10) -> nn.Module:
    """A network without values."""
    with torch.device("meta"):
        return registry_module(name).build(shape, "relu", classes)


def registry_module(name: str):
    return images.import_module(f"adamatlas.problems.images.networks.{name}")


def smallest(name: str) -> tuple[int, int, int]:
    return (network_says(name, "CHANNELS")[0], *network_says(name, "SMALLEST"))


@pytest.mark.parametrize(("name", "shape", "classes", "count", "tensors"), PUBLISHED)
def test_sizes_are_the_published_ones(name, shape, classes, count, tensors, monkeypatch):
    parameters = list(empty(name, shape, classes).parameters())
    assert sum(part.numel() for part in parameters) == count
    assert len(parameters) == tensors
    entry = catalogue.Entry(
        title="these", reader="idx", shape=shape, classes=classes, sizes=(1,), mean=(0.5,), std=(0.5,)
    )
    monkeypatch.setitem(catalogue.SETS, "these", entry)
    assert cost.weights({"network": name, "dataset": "these"}) == count


def test_every_network_is_published():
    assert {name for name, *_ in PUBLISHED} == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_logits_of_the_smallest_image_and_of_a_larger_one(name):
    channels, rows, columns = smallest(name)
    for shape in ((channels, rows, columns), (channels, 40, 40)):
        x = torch.empty(2, *shape, device="meta")
        assert empty(name, shape, 7).eval()(x).shape == (2, 7)


@pytest.mark.parametrize("name", NAMES)
def test_multiplications_are_those_of_its_layers(name):
    shape = (1, 28, 28) if name == "lenet5" else (network_says(name, "CHANNELS")[-1], 64, 64)
    network, found = empty(name, shape).eval(), []
    for layer in network.modules():
        if getattr(layer, "weight", None) is not None and layer.weight.ndim > 1:
            layer.register_forward_hook(
                lambda layer, _, z: found.append(z.numel() * layer.weight.numel() // len(layer.weight))
            )
    network(torch.empty(1, *shape, device="meta"))
    assert sum(found) / (shape[1] * shape[2]) == pytest.approx(network_says(name, "MULTIPLY_ADDS"), rel=0.03)


def test_small_weights_come_from_the_seed_and_not_from_torch():
    torch.manual_seed(0)
    one = images.network("resnet18", (1, 8, 8), dtype=torch.float32)
    torch.manual_seed(1)
    again = images.network("resnet18", (1, 8, 8), dtype=torch.float32)
    assert torch.equal(one.weights, again.weights)
    assert not torch.equal(
        one.weights, images.network("resnet18", (1, 8, 8), seed=1, dtype=torch.float32).weights
    )
    for module in one.network.modules():
        if isinstance(module, nn.Conv2d | nn.Linear):
            inputs = module.weight[0].numel()
            assert float(module.weight.detach().std()) == pytest.approx((2 / inputs) ** 0.5, rel=0.1)
        elif isinstance(module, nn.BatchNorm2d):
            assert (module.weight == 1).all()
            assert (module.running_var == 1).all()
            assert not module.bias.any()
            assert not module.running_mean.any()


def test_parameters_and_statistics_are_views_of_flat_vectors():
    flat = images.network("vgg16_bn", (3, 32, 32), dtype=torch.float32)
    flat.weights.fill_(0.5)
    flat.statistics.fill_(2.0)
    assert all((part == 0.5).all() for part in flat.network.parameters())
    assert all((part == 2.0).all() for part in flat.network.buffers())
    assert [part.shape for part in flat.network.parameters()] == flat.shapes
    assert images.network("vgg16", (3, 32, 32), dtype=torch.float32).statistics is None


def sample(name: str, batch: int = 3):
    shape = smallest(name)
    random = torch.Generator().manual_seed(1)
    x = torch.randn(batch, *shape, generator=random, dtype=torch.float64)
    return images.network(name, shape, sigma_0=0.1 if name == "lenet5" else None), x, torch.tensor([1, 0, 9])


@pytest.mark.parametrize("name", ["small_cnn", "resnet18"])
def test_the_gradient_is_that_of_finite_differences(name):
    flat, x, y = sample(name)
    flat.network.train()
    parameters = list(flat.network.parameters())
    _, parts = objective_gradient(flat.network, parameters, x, y, "none", 0.0)
    gradient = flatten(parts, torch.empty_like(flat.weights))
    direction = torch.randn(len(gradient), generator=torch.Generator().manual_seed(2), dtype=torch.float64)
    direction /= direction.norm()
    at, found = flat.weights.clone(), []
    for step in (1e-6, -1e-6):
        flat.weights.copy_(at + step * direction)
        with torch.no_grad():
            found.append(float(losses(flat.network(x), y).mean()))
    assert (found[0] - found[1]) / 2e-6 == pytest.approx(float(gradient @ direction), rel=1e-4)


@pytest.mark.parametrize("name", [name for name in NAMES if network_says(name, "PER_EXAMPLE_GRADIENTS")])
def test_ghost_norms_are_those_of_per_example_gradients(name):
    flat, x, y = sample(name)
    parameters = list(flat.network.parameters())
    each = [
        torch.autograd.grad(functional.cross_entropy(flat.network(one[None]), label[None]), parameters)
        for one, label in zip(x, y, strict=True)
    ]
    squares = torch.stack([sum(part.square().sum() for part in one) for one in each])
    torch.testing.assert_close(squared_norms(flat.network, x, y)[1], squares, rtol=1e-9, atol=0)


def test_pegr_is_the_gradient_of_its_objective():
    flat, x, y = sample("small_cnn")
    parameters = list(flat.network.parameters())
    each = functional.cross_entropy(flat.network(x), y, reduction="none")
    penalty = sum(
        part.square().sum()
        for one in each
        for part in torch.autograd.grad(one, parameters, create_graph=True)
    )
    expected = torch.autograd.grad(each.mean() + 0.3 * penalty / 3, parameters)
    found = objective_gradient(flat.network, parameters, x, y, "per_example_gradient", 0.3)[1]
    for ours, theirs in zip(found, expected, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-9, atol=1e-13)


@pytest.mark.parametrize("stride", [1, 3])
@pytest.mark.parametrize("padding", [0, 2])
@pytest.mark.parametrize("filters", [2, 40])
def test_norms_of_a_convolution_with_and_without_biases(stride, padding, filters):
    for bias in (True, False):
        layer = nn.Conv2d(3, filters, (3, 2), stride, padding, bias=bias, dtype=torch.float64)
        a = torch.randn(4, 3, 9, 8, dtype=torch.float64)
        g = torch.randn_like(layer(a))
        each = [torch.autograd.grad((layer(a[i]) * g[i]).sum(), list(layer.parameters())) for i in range(4)]
        squares = torch.stack([sum(part.square().sum() for part in one) for one in each])
        torch.testing.assert_close(layer_norms(layer, a, g), squares, rtol=1e-10, atol=0)


def test_there_are_none_through_batch_norm():
    flat, x, y = sample("resnet18")
    with pytest.raises(TypeError, match="no per-example gradients of BatchNorm2d"):
        squared_norms(flat.network, x, y)


@pytest.mark.parametrize(
    ("given", "text"),
    [
        (
            {"network": "vgg16"},
            "network: found 'vgg16'; it takes images of 3 x 32 x 32 or larger, but digits has 1 x 8 x 8",
        ),
        (
            {"network": "resnet50", "dataset": "mnist"},
            "images of 3 x 32 x 32 or larger, but mnist has 1 x 28 x 28",
        ),
        ({"network": "resnet81"}, "network: found 'resnet81'"),
        ({"network": "resnet18", "activation": "tanh"}, "activation: found 'tanh'; resnet18 has relu"),
        (
            {"network": "resnet18", "regularizer": "per_example_gradient", "reg_lambda": 0.1},
            "regularizer: found per_example_gradient; resnet18 has batch norm, so no example has a gradient",
        ),
        (
            {"microbatch": 5, "regularizer": "full_gradient", "reg_lambda": 0.1},
            "microbatch: found 5; full_gradient needs the whole minibatch at once, set 0",
        ),
        ({"precision": "float16"}, "precision: found 'float16'; must be one of float32, tf32, bfloat16"),
    ],
)
def test_mistakes_are_one_line(given, text):
    settings = {"problem": "images", "epochs": 1, "lr": 0.1, "optimizer": "sgd", "batch_size": 10} | given
    study = {"settings": settings, "measures": ["image_histories"]}
    with pytest.raises(UserError) as error:
        load({"papers": {"try": {"title": "t", "reference": "r"}}, "studies": {"try.images": study}})
    (line,) = str(error.value).splitlines()
    assert text in line


def test_a_network_at_its_limits_is_accepted():
    Settings(dataset="digits", network="small_cnn", activation="tanh")
    Settings(dataset="mnist", network="resnet18")
