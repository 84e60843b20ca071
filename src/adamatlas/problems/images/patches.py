"""The averaged patches of images as one linear map, compiled: the batch is the innermost loop.

Each is the backward pass of the other, so that they can be differentiated any number of times.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from adamatlas.compiled import unlocked


class Cut(NamedTuple):
    """Images of `shape` (channels, rows, columns), padded with `padding` zeros, in patches of `kernel`^2."""

    shape: tuple[int, int, int]
    kernel: int
    padding: int

    @property
    def sides(self) -> tuple[int, int]:
        """Positions of patches, two pixels apart, on the averages of 2x2 neighbours."""
        return tuple((side + 2 * self.padding - 1 - self.kernel) // 2 + 1 for side in self.shape[1:])

    @property
    def rows(self) -> int:
        """Numbers of a patch."""
        return self.shape[0] * self.kernel**2


class Patches(torch.autograd.Function):
    """The patches (rows, positions * batch) of x (channels, rows, columns, batch)."""

    @staticmethod
    def forward(context, x: Tensor, cut: Cut) -> Tensor:
        context.cut = cut
        high, wide = cut.sides
        out = x.new_empty(cut.rows, high, wide, x.shape[3])
        gather(x.detach().contiguous().numpy(), cut.kernel, cut.padding, out.numpy())
        return out.view(cut.rows, -1)

    @staticmethod
    def backward(context, g: Tensor) -> tuple[Tensor, None]:
        return Images.apply(g, context.cut), None


class Images(torch.autograd.Function):
    """The transposed map: (channels, rows, columns, batch) of patches (rows, positions * batch)."""

    @staticmethod
    def forward(context, g: Tensor, cut: Cut) -> Tensor:
        context.cut = cut
        g = g.detach().contiguous().view(cut.rows, *cut.sides, -1)
        out = g.new_zeros(*cut.shape, g.shape[3])
        scatter(g.numpy(), cut.kernel, cut.padding, out.numpy())
        return out

    @staticmethod
    def backward(context, x: Tensor) -> tuple[Tensor, None]:
        return Patches.apply(x, context.cut), None


@unlocked
def gather(x, kernel, padding, out):
    """out[(c, k, j), p, q] = mean of the 2x2 pixels at (2p + k - padding, 2q + j - padding), 0 outside."""
    channels, rows, columns, batch = x.shape
    average = np.zeros((rows + 2 * padding - 1, columns + 2 * padding - 1, batch), x.dtype)
    quarter = x.dtype.type(0.25)
    for c in range(channels):
        average[:] = 0
        for r in range(rows):
            for s in range(columns):
                for k in range(max(r + padding - 1, 0), min(r + padding + 1, average.shape[0])):
                    for j in range(max(s + padding - 1, 0), min(s + padding + 1, average.shape[1])):
                        for i in range(batch):
                            average[k, j, i] += quarter * x[c, r, s, i]
        for k in range(kernel):
            for j in range(kernel):
                row = (c * kernel + k) * kernel + j
                for p in range(out.shape[1]):
                    for q in range(out.shape[2]):
                        for i in range(batch):
                            out[row, p, q, i] = average[2 * p + k, 2 * q + j, i]


@unlocked
def scatter(g, kernel, padding, out):
    """The transpose of `gather`: adds to out (channels, rows, columns, batch)."""
    channels, rows, columns, batch = out.shape
    average = np.zeros((rows + 2 * padding - 1, columns + 2 * padding - 1, batch), g.dtype)
    quarter = g.dtype.type(0.25)
    for c in range(channels):
        average[:] = 0
        for k in range(kernel):
            for j in range(kernel):
                row = (c * kernel + k) * kernel + j
                for p in range(g.shape[1]):
                    for q in range(g.shape[2]):
                        for i in range(batch):
                            average[2 * p + k, 2 * q + j, i] += g[row, p, q, i]
        for r in range(rows):
            for s in range(columns):
                for k in range(max(r + padding - 1, 0), min(r + padding + 1, average.shape[0])):
                    for j in range(max(s + padding - 1, 0), min(s + padding + 1, average.shape[1])):
                        for i in range(batch):
                            out[c, r, s, i] += quarter * average[k, j, i]
