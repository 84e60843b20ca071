"""The averaged patches of images, and the squared norms of a convolution's per-example gradients, compiled.

The batch is the innermost loop of every pass. torch.bmm would need each example's matrices contiguous: two
transposed copies for each of its products. On a GPU, and for numbers that numba does not know, plain torch.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch.nn.functional import avg_pool2d, pad, unfold

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
    def positions(self) -> int:
        """How many patches an image has."""
        return self.sides[0] * self.sides[1]

    @property
    def rows(self) -> int:
        """Numbers of a patch."""
        return self.shape[0] * self.kernel**2


def patches(x: Tensor, cut: Cut) -> Tensor:
    """The averaged patches (rows, positions * batch) of x (channels, rows, columns, batch).

    A patch has the means of the 2x2 pixels at (2p + k - padding, 2q + j - padding), k, j < kernel.
    """
    if _compiles(x):
        return Patches.apply(x, cut)
    averages = avg_pool2d(pad(x.permute(3, 0, 1, 2), 4 * [cut.padding]), 2, stride=1)
    return unfold(averages, cut.kernel, stride=2).permute(1, 2, 0).flatten(1)


class Patches(torch.autograd.Function):
    """The patches (rows, positions * batch) of x (channels, rows, columns, batch), a linear map.

    It and `Images` are each the backward pass of the other, to be differentiated any number of times.
    """

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


def squared_norms(g: Tensor, a: Tensor) -> Tensor:
    """S_i = |g_i a_i^T|^2 (batch,) of g (filters, positions, batch) and a (rows, positions, batch).

    It can be differentiated once, and is computed in the one of two ways that has fewer products.
    """
    filters, rows, positions = len(g), len(a), g.shape[1]
    by_gram = positions * (filters + rows) < filters * rows
    if _compiles(g):
        return (ByGram if by_gram else ByProduct).apply(g, a)
    if by_gram:
        return torch.einsum("pqi,pqi->i", *(torch.einsum("kpi,kqi->pqi", x, x) for x in (g, a)))
    return torch.einsum("fpi,kpi->fki", g, a).square().sum((0, 1))


def _compiles(x: Tensor) -> bool:
    return x.device.type == "cpu" and x.dtype in (torch.float32, torch.float64)


class ByProduct(torch.autograd.Function):
    """S_i = |V_i|^2, V_i = g_i a_i^T; dS_i/dg_i = 2 V_i a_i, dS_i/da_i = 2 V_i^T g_i."""

    @staticmethod
    def forward(context, g: Tensor, a: Tensor) -> Tensor:
        g, a = g.contiguous(), a.contiguous()
        v = filled(outer, g, a, g.new_empty(len(g), len(a), g.shape[2]))
        context.save_for_backward(g, a, v)
        return contract(v, v)

    @staticmethod
    @once_differentiable
    def backward(context, ds: Tensor) -> tuple[Tensor, Tensor | None]:
        g, a, v = context.saved_tensors
        dg = product(v, a).mul_(2.0 * ds)
        if not context.needs_input_grad[1]:
            return dg, None
        return dg, product(v.transpose(0, 1).contiguous(), g).mul_(2.0 * ds)


class ByGram(torch.autograd.Function):
    """S_i = <G_i, A_i>, G_i = g_i^T g_i, A_i = a_i^T a_i; dS_i/dg_i = 2 g_i A_i, dS_i/da_i = 2 a_i G_i."""

    @staticmethod
    def forward(context, g: Tensor, a: Tensor) -> Tensor:
        g, a = g.contiguous(), a.contiguous()
        gg, aa = (filled(gram, x, x.new_empty(x.shape[1], *x.shape[1:])) for x in (g, a))
        context.save_for_backward(g, a, gg, aa)
        return contract(gg, aa)

    @staticmethod
    @once_differentiable
    def backward(context, ds: Tensor) -> tuple[Tensor, Tensor | None]:
        g, a, gg, aa = context.saved_tensors
        dg = product(g, aa).mul_(2.0 * ds)
        return dg, product(a, gg).mul_(2.0 * ds) if context.needs_input_grad[1] else None


def product(v: Tensor, a: Tensor) -> Tensor:
    """out[f, p, i] = sum_k v[f, k, i] a[k, p, i]."""
    return filled(inner, v, a, a.new_empty(len(v), *a.shape[1:]))


def contract(u: Tensor, v: Tensor) -> Tensor:
    """The sum of u v over all but the last axis."""
    return filled(dot, u.flatten(0, -2), v.flatten(0, -2), u.new_zeros(u.shape[-1]))


def filled(kernel: Callable[..., None], *tensors: Tensor) -> Tensor:
    """The last of `tensors`, that the kernel writes from the others."""
    kernel(*(tensor.detach().numpy() for tensor in tensors))
    return tensors[-1]


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


@unlocked
def dot(u, v, out):
    """out[i] += sum_r u[r, i] v[r, i]."""
    for r in range(u.shape[0]):
        for i in range(out.size):
            out[i] += u[r, i] * v[r, i]


@unlocked
def gram(x, out):
    """out[p, q, i] = sum_k x[k, p, i] x[k, q, i]."""
    total = np.empty(x.shape[2], x.dtype)
    for p in range(x.shape[1]):
        for q in range(p + 1):
            total[:] = 0
            for k in range(x.shape[0]):
                for i in range(x.shape[2]):
                    total[i] += x[k, p, i] * x[k, q, i]
            out[p, q] = total
            out[q, p] = total


@unlocked
def outer(g, a, v):
    """v[f, k, i] = sum_p g[f, p, i] a[k, p, i]."""
    total = np.empty(g.shape[2], g.dtype)
    for f in range(g.shape[0]):
        for k in range(a.shape[0]):
            total[:] = 0
            for p in range(g.shape[1]):
                for i in range(g.shape[2]):
                    total[i] += g[f, p, i] * a[k, p, i]
            v[f, k] = total


@unlocked
def inner(v, a, out):
    """out[f, p, i] = sum_k v[f, k, i] a[k, p, i]."""
    total = np.empty(a.shape[2], a.dtype)
    for f in range(v.shape[0]):
        for p in range(a.shape[1]):
            total[:] = 0
            for k in range(a.shape[0]):
                for i in range(a.shape[2]):
                    total[i] += v[f, k, i] * a[k, p, i]
            out[f, p] = total
