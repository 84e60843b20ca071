"""A network's weights, biases and running statistics as views of flat vectors, and where they start.

In the vector, and so in a trace, the weights of a convolution are in the order (filters, rows, columns,
channels): convolutions read them so where images have their channels last.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import torch
from torch import Tensor, nn

from adamatlas.problems.trainer import initial_normals

Shape = tuple[int, ...]


@dataclass(frozen=True)
class Flat:
    """A network whose parameters are views of `weights`, in the order of its `parameters()`.

    shapes: of the parameters; statistics: the running means and variances of its batch norms, of which its
    buffers are views, or None where it has none.
    """

    network: nn.Module
    weights: Tensor
    shapes: list[Shape]
    statistics: Tensor | None


def flattened(network: nn.Module, seed: int, sigma_0: float | None, dtype: torch.dtype, device: str) -> Flat:
    """`network`, built without values (on torch's device "meta"), with its initial ones.

    The weights of a layer are normals of the stream (seed, init), the same on every device, times `sigma_0`,
    or where that is None times sqrt(2 / inputs) (He et al., 2015). Biases are 0, and batch norm begins as the
    identity.
    """
    owners = [
        (module, name, parameter.shape)
        for module in network.modules()
        for name, parameter in module.named_parameters(recurse=False)
    ]
    shapes = [shape for *_, shape in owners]
    sizes = [shape.numel() for shape in shapes]
    normals = torch.from_numpy(initial_normals(seed, sum(sizes))).split(sizes)
    weights = torch.empty(sum(sizes), dtype=dtype)
    for part, (module, name, shape), draw in zip(weights.split(sizes), owners, normals, strict=True):
        if name == "bias":
            part.zero_()
        elif isinstance(module, nn.BatchNorm2d):
            part.fill_(1.0)
        else:
            scale = sqrt(2.0 / shape[1:].numel()) if sigma_0 is None else sigma_0
            view(part, shape).copy_(draw.view(shape) * scale)
    weights = weights.to(device)
    for part, (module, name, shape) in zip(weights.split(sizes), owners, strict=True):
        setattr(module, name, nn.Parameter(view(part, shape)))
    return Flat(network, weights, shapes, _statistics(network, dtype, device))


def view(part: Tensor, shape: Shape) -> Tensor:
    """A parameter of `shape` in its part of the flat vector."""
    if len(shape) != 4:
        return part.view(shape)
    filters, channels, rows, columns = shape
    return part.view(filters, rows, columns, channels).permute(0, 3, 1, 2)


def flatten(parameters: Sequence[Tensor], out: Tensor) -> Tensor:
    """Parameters, or their gradients, in the order of the flat vector `out`, which they are written to."""
    parts = [part.permute(0, 2, 3, 1) if part.dim() == 4 else part for part in parameters]
    return torch.cat([part.flatten() for part in parts], out=out)


def _statistics(network: nn.Module, dtype: torch.dtype, device: str) -> Tensor | None:
    """Means 0 and variances 1 in one vector, of which the buffers of all batch norms become views."""
    norms = [module for module in network.modules() if isinstance(module, nn.BatchNorm2d)]
    if not norms:
        return None
    sizes = [size for norm in norms for size in 2 * [norm.num_features]]
    statistics = torch.zeros(sum(sizes), dtype=dtype, device=device)
    parts = iter(statistics.split(sizes))
    for norm in norms:
        norm.running_mean, norm.running_var = next(parts), next(parts).fill_(1.0)
        norm.num_batches_tracked = None  # a count that only a cumulative average needs
    return statistics
