"""Networks as lists of layers, in torch, as functions of their weights.

The batch is the last axis, so that every layer is one matrix product on contiguous rows.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass

import torch
from torch import Tensor

from adamatlas.problems.images.convolution import Cut, Patches, squared_norms
from adamatlas.regularizers.ghost import Tap

Shape = tuple[int, ...]


class Layer(ABC):
    """From activations of one shape to another, z = layer(layer.inputs(x), *weights).

    shape: of the activations z, without the batch; weights: the shapes of W and b. A layer that has them also
    has `squared_norms` (regularizers.ghost).
    """

    weights: tuple[Shape, ...] = ()

    def __init__(self, shape: Shape) -> None:
        self.shape = shape

    def inputs(self, x: Tensor) -> Tensor:
        """What multiplies the weights: a, of the activations x (..., batch)."""
        return x

    @abstractmethod
    def __call__(self, a: Tensor, *weights: Tensor) -> Tensor:
        """z (*shape, batch)."""


class AveragedConvolution(Layer):
    """A convolution and the average over 2x2 of its outputs, computed as a convolution of averages.

    W: (filters, channels * kernel^2), b: (filters, 1); stride 1 before averaging. Both maps are linear, so
    their order is exchanged: four times fewer products.
    """

    def __init__(self, shape: Shape, filters: int, kernel: int, padding: int) -> None:
        self._cut = Cut(shape, kernel, padding)
        super().__init__((filters, *self._cut.sides))
        self.weights = (filters, self._cut.rows), (filters, 1)

    def inputs(self, x: Tensor) -> Tensor:
        """The averaged patches (channels * kernel^2, positions * batch)."""
        return Patches.apply(x, self._cut)

    def __call__(self, a: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        return torch.addmm(bias, weight, a).reshape(*self.shape, -1)

    def squared_norms(self, a: Tensor, g: Tensor) -> Tensor:
        """(batch,): |g_i a_i^T|^2 + |sum of g_i over positions|^2."""
        g = g.flatten(1, 2)
        a = a.unflatten(1, g.shape[1:])
        return squared_norms(g, a) + g.sum(1).square().sum(0)


class Linear(Layer):
    """z = W a + b; W: (units, inputs), b: (units, 1)."""

    def __init__(self, shape: Shape, units: int) -> None:
        super().__init__((units,))
        self.weights = (units, torch.Size(shape).numel()), (units, 1)

    def inputs(self, x: Tensor) -> Tensor:
        return x.flatten(0, -2)

    def __call__(self, a: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        return torch.addmm(bias, weight, a)

    def squared_norms(self, a: Tensor, g: Tensor) -> Tensor:
        """(batch,): |g_i|^2 (|a_i|^2 + 1)."""
        return g.square().sum(0) * (a.square().sum(0) + 1.0)


class Activation(Layer):
    """`relu` or `tanh` of each number."""

    def __init__(self, shape: Shape, name: str) -> None:
        super().__init__(shape)
        self._function = {"relu": torch.relu, "tanh": torch.tanh}[name]

    def __call__(self, a: Tensor) -> Tensor:
        return self._function(a)


@dataclass(frozen=True)
class Network:
    """Layers one after the other."""

    layers: list[Layer]

    @property
    def shapes(self) -> list[Shape]:
        """The shapes of all weights and biases, in order."""
        return [shape for layer in self.layers for shape in layer.weights]

    def split(self, flat: Tensor) -> list[Tensor]:
        """The weights and biases as views of a flat vector."""
        parts = flat.split([torch.Size(shape).numel() for shape in self.shapes])
        return [part.view(shape) for part, shape in zip(parts, self.shapes, strict=True)]

    def outputs(self, weights: list[Tensor], x: Tensor, taps: list[Tap] | None = None) -> Tensor:
        """Logits (classes, batch) of images x (1, rows, columns, batch).

        `taps` receives (layer, a, z) of each layer with weights.
        """
        remaining = iter(weights)
        for layer in self.layers:
            a = layer.inputs(x)
            x = layer(a, *(next(remaining) for _ in layer.weights))
            if taps is not None and layer.weights:
                taps.append((layer, a, x))
        return x


def lenet5(shape: tuple[int, int], activation: str, classes: int) -> Network:
    """LeNet5 (LeCun et al., 1998): 6 and 16 averaged filters of 5x5, then 120, 84 and `classes` units.

    The first convolution pads with 2 zeros, as for 28x28 images; so does the second where the image has
    become too small for it (8x8). No trained factors in the averages, no missing connections.
    """
    first = AveragedConvolution((1, *shape), 6, 5, 2)
    second = AveragedConvolution(first.shape, 16, 5, 0 if min(first.shape[1:]) > 5 else 2)
    three = Linear(second.shape, 120)
    four = Linear(three.shape, 84)
    last = Linear(four.shape, classes)
    hidden = [[layer, Activation(layer.shape, activation)] for layer in (first, second, three, four)]
    return Network([*(layer for pair in hidden for layer in pair), last])


NETWORKS = {"lenet5": lenet5}
