r"""Gradients of regularized objectives for networks, in torch.

PEGR needs no per-example gradients (ghost norm): |grad L_i|^2 in a layer's weights follows from its input a_i
and the gradient g_i of L_i in its output. One backward pass yields the latter; a second one, through the
first, the gradient of weight * mean_i |grad L_i|^2.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import torch
from torch import Tensor, nn
from torch.nn.functional import log_softmax, unfold

Tap = tuple[nn.Module, Tensor, Tensor]
"""A layer with weights, its input and its output."""


def objective_gradient(
    network: nn.Module, weights: Sequence[Tensor], x: Tensor, y: Tensor, kind: str, weight: float
) -> tuple[Tensor, tuple[Tensor, ...]]:
    """(mean_i L_i, the gradient of mean_i L_i + weight R in `weights`), L_i the cross-entropy of an example.

    R = mean_i |grad L_i|^2 (`per_example_gradient`, meng2023 Sec. 2) or |grad mean_i L_i|^2 (`full_gradient`,
    Sec. 4.1); x: (batch, ...), y: (batch,) int64; weights: the parameters of `network`.
    """
    if kind == "per_example_gradient" and weight > 0:
        loss, squares = squared_norms(network, x, y)
        return loss.detach(), torch.autograd.grad(loss + weight * squares.mean(), weights)
    loss = losses(network(x), y).mean()
    if kind == "none" or not weight > 0:
        return loss.detach(), torch.autograd.grad(loss, weights)
    inner = torch.autograd.grad(loss, weights, create_graph=True)
    curved = torch.autograd.grad(inner, weights, [2.0 * weight * part.detach() for part in inner])
    return loss.detach(), tuple(part.detach() + more for part, more in zip(inner, curved, strict=True))


def squared_norms(network: nn.Module, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    """(mean_i L_i, |grad L_i|^2 (batch,)), both differentiable in the parameters.

    Raises TypeError for a layer whose per-example gradients are not known or do not exist, as of batch norm.
    """
    with tapped(network) as taps:
        each = losses(network(x), y)
    outer = torch.autograd.grad(each.sum(), [z for *_, z in taps], create_graph=True)
    norms = [layer_norms(layer, a, g) for (layer, a, _), g in zip(taps, outer, strict=True)]
    return each.mean(), torch.stack(norms).sum(0)


def losses(logits: Tensor, y: Tensor) -> Tensor:
    """Cross-entropy (batch,) of logits (batch, classes)."""
    return -log_softmax(logits.T, 0).gather(0, y[None])[0]


@contextmanager
def tapped(network: nn.Module) -> Iterator[list[Tap]]:
    """A list that receives a Tap of each layer with parameters of its own, as `network` is called."""
    taps: list[Tap] = []
    hooks = [
        layer.register_forward_hook(lambda layer, inputs, z: taps.append((layer, inputs[0], z)))
        for layer in network.modules()
        if layer._parameters
    ]
    try:
        yield taps
    finally:
        for hook in hooks:
            hook.remove()


def layer_norms(layer: nn.Module, a: Tensor, g: Tensor) -> Tensor:
    """|grad L_i|^2 (batch,) in the parameters of a layer, from its input a and g = dL/dz of its output z.

    A layer of another type brings its own method `squared_norms(a, g)`.
    """
    wide = torch.promote_types(g.dtype, torch.float32)
    a, g = a.to(wide), g.to(wide)
    if hasattr(layer, "squared_norms"):
        return layer.squared_norms(a, g)
    if isinstance(layer, nn.Linear):
        return g.square().sum(1) * (a.square().sum(1) + (layer.bias is not None))
    if isinstance(layer, nn.Conv2d) and layer.groups == 1 and layer.padding_mode == "zeros":
        a = unfold(a, layer.kernel_size, layer.dilation, layer.padding, layer.stride)
        g = g.flatten(2)
        own = _product_norms(g, a)
        return own if layer.bias is None else own + g.sum(2).square().sum(1)
    raise TypeError(f"no per-example gradients of {type(layer).__name__}")


def _product_norms(g: Tensor, a: Tensor) -> Tensor:
    """|g_i a_i^T|^2 (batch,) of g (batch, filters, positions) and a (batch, rows, positions).

    In the one of two ways that has fewer products.
    """
    filters, rows, positions = g.shape[1], a.shape[1], g.shape[2]
    if positions * (filters + rows) < filters * rows:
        return ((g.mT @ g) * (a.mT @ a)).sum((1, 2))
    return (g @ a.mT).square().sum((1, 2))
