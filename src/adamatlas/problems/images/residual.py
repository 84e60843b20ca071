"""Residual networks (He et al., 2016), as torchvision and the usual CIFAR variant have them."""

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn


def convolution(inputs: int, filters: int, kernel: int, stride: int = 1) -> nn.Sequential:
    """A convolution without biases, padded so that stride 1 keeps the size, and batch norm."""
    plain = nn.Conv2d(inputs, filters, kernel, stride, kernel // 2, bias=False)
    return nn.Sequential(plain, nn.BatchNorm2d(filters))


class Block(nn.Module):
    """relu(x + branch(x)): `convolutions` with rectifiers between them.

    Where they change the shape, x goes through a 1x1 convolution of its own.
    """

    def __init__(self, convolutions: Sequence[nn.Sequential], shortcut: nn.Sequential | None) -> None:
        super().__init__()
        self.branch = nn.Sequential(*convolutions)
        self.shortcut = shortcut

    def forward(self, x: Tensor) -> Tensor:
        z = x
        for number, layer in enumerate(self.branch):
            z = layer(torch.relu(z) if number else z)
        return torch.relu(z + (x if self.shortcut is None else self.shortcut(x)))


def basic(inputs: int, filters: int, stride: int) -> Block:
    """Two convolutions of 3x3 with `filters` outputs."""
    parts = [convolution(inputs, filters, 3, stride), convolution(filters, filters, 3)]
    return Block(parts, _shortcut(inputs, filters, stride))


def bottleneck(inputs: int, filters: int, stride: int) -> Block:
    """1x1, 3x3 and 1x1 with 4 `filters` outputs; the 3x3 has the stride (v1.5)."""
    parts = [
        convolution(inputs, filters, 1),
        convolution(filters, filters, 3, stride),
        convolution(filters, 4 * filters, 1),
    ]
    return Block(parts, _shortcut(inputs, 4 * filters, stride))


def _shortcut(inputs: int, outputs: int, stride: int) -> nn.Sequential | None:
    return None if stride == 1 and inputs == outputs else convolution(inputs, outputs, 1, stride)


def resnet18(channels: int, classes: int) -> nn.Sequential:
    """For 32x32 images: the first convolution is 3x3 with stride 1, and no maxima follow it."""
    widths = (64, 64, 128, 256, 512)
    blocks = []
    for group, (inputs, filters) in enumerate(pairwise(widths)):
        blocks += [basic(inputs, filters, 1 if group == 0 else 2), basic(filters, filters, 1)]
    return _whole([convolution(channels, 64, 3), nn.ReLU()], blocks, 512, classes)


def bottlenecks(channels: int, counts: Sequence[int], classes: int) -> nn.Sequential:
    """For ImageNet: 7x7 with stride 2 and 3x3 maxima first, then `counts` bottlenecks of 64, ..., 512."""
    stem = [convolution(channels, 64, 7, 2), nn.ReLU(), nn.MaxPool2d(3, 2, padding=1)]
    blocks, inputs = [], 64
    for group, (filters, count) in enumerate(zip((64, 128, 256, 512), counts, strict=True)):
        for number in range(count):
            blocks.append(bottleneck(inputs, filters, 2 if group and not number else 1))
            inputs = 4 * filters
    return _whole(stem, blocks, inputs, classes)


def _whole(stem: list[nn.Module], blocks: list[Block], outputs: int, classes: int) -> nn.Sequential:
    head = nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(outputs, classes)
    return nn.Sequential(*stem, *blocks, *head)
