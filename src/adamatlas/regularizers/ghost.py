r"""Gradients of regularized objectives for networks of layers, in torch.

PEGR needs no per-example gradients (ghost norm): |grad L_i|^2 in a layer's weights follows from its input and
the gradient of L_i in its output. One backward pass yields the latter; a second one, through the first,
the gradient of weight * mean_i |grad L_i|^2.
"""

from typing import Protocol

import torch
from torch import Tensor
from torch.nn.functional import log_softmax


class Weighted(Protocol):
    """A layer with weights: z = layer(a, *weights)."""

    def squared_norms(self, a: Tensor, g: Tensor) -> Tensor:
        """(batch,): |grad L_i|^2 in its weights, from its input a and g = dL_i/dz."""


Tap = tuple[Weighted, Tensor, Tensor]
"""A layer with weights, its input a and its output z."""


class Network(Protocol):
    """A network as a function of its weights."""

    def outputs(self, weights: list[Tensor], x: Tensor, taps: list[Tap] | None = None) -> Tensor:
        """Logits (classes, batch); `taps` receives a Tap of each layer with weights."""


def objective_gradient(
    network: Network, weights: list[Tensor], x: Tensor, y: Tensor, kind: str, weight: float
) -> tuple[Tensor, tuple[Tensor, ...]]:
    """(mean_i L_i, the gradient of mean_i L_i + weight R in `weights`), L_i the cross-entropy of an example.

    R = mean_i |grad L_i|^2 (`per_example_gradient`, meng2023 Sec. 2) or |grad mean_i L_i|^2 (`full_gradient`,
    Sec. 4.1); x: (1, rows, columns, batch), y: (batch,) int64.
    """
    if kind == "per_example_gradient" and weight > 0:
        loss, squares = squared_norms(network, weights, x, y)
        return loss.detach(), torch.autograd.grad(loss + weight * squares.mean(), weights)
    loss = losses(network.outputs(weights, x), y).mean()
    if kind == "none" or not weight > 0:
        return loss.detach(), torch.autograd.grad(loss, weights)
    inner = torch.autograd.grad(loss, weights, create_graph=True)
    curved = torch.autograd.grad(inner, weights, [2.0 * weight * part.detach() for part in inner])
    return loss.detach(), tuple(part.detach() + more for part, more in zip(inner, curved, strict=True))


def squared_norms(network: Network, weights: list[Tensor], x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    """(mean_i L_i, |grad L_i|^2 (batch,)), both differentiable in `weights`."""
    taps: list[Tap] = []
    each = losses(network.outputs(weights, x, taps), y)
    outer = torch.autograd.grad(each.sum(), [z for *_, z in taps], create_graph=True)
    norms = [layer.squared_norms(a, g) for (layer, a, _), g in zip(taps, outer, strict=True)]
    return each.mean(), torch.stack(norms).sum(0)


def losses(logits: Tensor, y: Tensor) -> Tensor:
    """Cross-entropy (batch,) of logits (classes, batch)."""
    return -log_softmax(logits, 0).gather(0, y[None])[0]
