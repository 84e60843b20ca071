"""The squared norms of the per-example gradients of a convolution, compiled: the batch is the innermost loop.

Of g (filters, positions, batch) and a (rows, positions, batch): S_i = |g_i a_i^T|^2, differentiable once.
torch.bmm would need each example's matrices contiguous: two transposed copies for each of its products.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from adamatlas.compiled import unlocked


def squared_norms(g: Tensor, a: Tensor) -> Tensor:
    """S (batch,), by whichever of the two ways has fewer products."""
    filters, rows, positions = len(g), len(a), g.shape[1]
    return (ByGram if positions * (filters + rows) < filters * rows else ByProduct).apply(g, a)


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
