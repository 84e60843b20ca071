"""LeNet5 (LeCun et al., 1998), fast on a CPU.

The batch is the last axis inside, so that every layer is one matrix product on contiguous rows.
"""

import torch
from torch import Tensor, nn

from adamatlas.problems.images.convolution import Cut, patches, squared_norms

PER_EXAMPLE_GRADIENTS = True
SMALLEST = (8, 8)
CHANNELS = (1, 3)
ACTIVATIONS = ("relu", "tanh")
INITIAL = "sigma_0"
PARAMETERS = {8: (20386, 150, 85), 28: (60706, 150, 85), 32: (81826, 150, 85)}
MULTIPLY_ADDS = 190


class Rows(nn.Module):
    """z = W a + b (units, positions * batch) of a (inputs, positions * batch); W: (units, inputs)."""

    def __init__(self, inputs: int, units: int, positions: int = 1) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(units, inputs))
        self.bias = nn.Parameter(torch.empty(units, 1))
        self._positions = positions

    def forward(self, a: Tensor) -> Tensor:
        return torch.addmm(self.bias, self.weight, a)

    def squared_norms(self, a: Tensor, g: Tensor) -> Tensor:
        """(batch,): |g_i a_i^T|^2 + |sum of g_i over positions|^2, of g = dL/dz."""
        if self._positions == 1:
            return g.square().sum(0) * (a.square().sum(0) + 1.0)
        g, a = (part.unflatten(1, (self._positions, -1)) for part in (g, a))
        return squared_norms(g, a) + g.sum(1).square().sum(0)


class LeNet5(nn.Module):
    """6 and 16 filters of 5x5, each averaged over 2x2, then 120, 84 and `classes` units.

    The first convolution pads with 2 zeros, as for 28x28 images; so does the second where the image has
    become too small for it (8x8). No trained factors in the averages, no missing connections. A convolution
    and the average of its outputs are computed as a convolution of averages: both maps are linear, so their
    order is exchanged, with four times fewer products.
    """

    def __init__(self, shape: tuple[int, int, int], activation: str, classes: int) -> None:
        super().__init__()
        first = Cut(shape, 5, 2)
        second = Cut((6, *first.sides), 5, 0 if min(first.sides) > 5 else 2)
        self._cuts = first, second
        self.first = Rows(first.rows, 6, first.positions)
        self.second = Rows(second.rows, 16, second.positions)
        self.third = Rows(16 * second.positions, 120)
        self.fourth = Rows(120, 84)
        self.last = Rows(84, classes)
        self._activation = {"relu": torch.relu, "tanh": torch.tanh}[activation]

    def forward(self, x: Tensor) -> Tensor:
        batch = len(x)
        x = x.flatten(1).T.contiguous().view(*x.shape[1:], batch)
        for cut, layer in zip(self._cuts, (self.first, self.second), strict=True):
            x = self._activation(layer(patches(x, cut)).view(-1, *cut.sides, batch))
        x = x.flatten(0, -2)
        x = self._activation(self.third(x))
        x = self._activation(self.fourth(x))
        return self.last(x).T


def build(shape: tuple[int, int, int], activation: str, classes: int) -> nn.Module:
    """61,706 weights and biases for 28x28 images of one channel and 10 classes."""
    return LeNet5(shape, activation, classes)
