"""The squared norm of the per-example gradient of a convolution, compiled: the batch is the innermost loop.

torch.bmm would need each example's matrices contiguous: two transposed copies for each of its products.
"""

from __future__ import annotations

import numba
import numpy as np
import torch
from torch import Tensor
from torch.autograd.function import once_differentiable


class SquaredNorms(torch.autograd.Function):
    """S_i = |V_i|^2, V_i = g_i a_i^T, of g (filters, positions, batch) and a (rows, positions, batch).

    Differentiable once: dS_i/dg_i = 2 V_i a_i, dS_i/da_i = 2 V_i^T g_i.
    """

    @staticmethod
    def forward(context, g: Tensor, a: Tensor) -> Tensor:
        g, a = g.contiguous(), a.contiguous()
        v = g.new_empty(len(g), len(a), g.shape[2])
        outer(g.detach().numpy(), a.detach().numpy(), v.numpy())
        context.save_for_backward(g, a, v)
        return v.square().sum((0, 1))

    @staticmethod
    @once_differentiable
    def backward(context, ds: Tensor) -> tuple[Tensor, Tensor | None]:
        g, a, v = context.saved_tensors
        v = 2.0 * ds * v
        dg = torch.zeros_like(g)
        inner(v.numpy(), a.numpy(), dg.numpy())
        if not context.needs_input_grad[1]:
            return dg, None
        da = torch.zeros_like(a)
        inner(v.transpose(0, 1).contiguous().numpy(), g.numpy(), da.numpy())
        return dg, da


@numba.njit(cache=True, error_model="numpy", nogil=True)
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


@numba.njit(cache=True, error_model="numpy", nogil=True)
def inner(v, a, out):
    """out[f, p, i] += sum_k v[f, k, i] a[k, p, i]."""
    total = np.empty(a.shape[2], a.dtype)
    for f in range(v.shape[0]):
        for p in range(a.shape[1]):
            total[:] = 0
            for k in range(a.shape[0]):
                for i in range(a.shape[2]):
                    total[i] += v[f, k, i] * a[k, p, i]
            out[f, p] = total
