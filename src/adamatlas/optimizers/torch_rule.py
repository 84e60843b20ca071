"""The update rule of `optimizers.rule` on one flat vector of weights, in torch, in place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor


@dataclass
class FlatState:
    """Weights and moments (parameters,) of one lane; `blocks` (parameters,) int64: which share one v."""

    weights: Tensor
    first: Tensor
    second: Tensor
    blocks: Tensor | None

    @classmethod
    def start(cls, weights: Tensor, block: str, shapes: list[tuple[int, ...]]) -> FlatState:
        """Zero moments. `shapes`: of the weights and biases in the vector; a bias is a layer of its own, and
        a row of weights, like a number of a bias, a neuron.
        """
        blocks = None
        if block != "coordinate":
            sizes = [torch.Size(shape).numel() for shape in shapes]
            if block == "neuron":
                sizes = [torch.Size(shape[1:]).numel() for shape in shapes for _ in range(shape[0])]
            elif block == "all":
                sizes = [sum(sizes)]
            blocks = torch.repeat_interleave(torch.arange(len(sizes)), torch.tensor(sizes))
        return cls(weights, torch.zeros_like(weights), torch.zeros_like(weights), blocks)

    def finite(self) -> bool:
        """Whether every weight is finite."""
        return bool(torch.isfinite(self.weights).all())

    def snapshot(self) -> tuple[np.ndarray, ...]:
        """w, m and v (parameters,), as a trace keeps them."""
        return tuple(part.cpu().numpy() for part in (self.weights, self.first, self.second))

    def arrays(self) -> dict[str, np.ndarray]:
        """Copies of what a checkpoint must hold."""
        return {name: part.copy() for name, part in zip("wmv", self.snapshot(), strict=True)}

    def restore(self, arrays: dict[str, np.ndarray]) -> None:
        """Take over the arrays of a checkpoint."""
        for tensor, name in ((self.weights, "w"), (self.first, "m"), (self.second, "v")):
            tensor.copy_(torch.from_numpy(arrays[name]))


def update(state: FlatState, g: Tensor, optimizer: dict[str, Any], t: int) -> None:
    """Step number t (from 1) of the rule with the gradient g (parameters,), which is overwritten."""
    w, m, v = state.weights, state.first, state.second
    lr, decay, beta1, beta2 = (optimizer[name] for name in ("lr", "weight_decay", "beta1", "beta2"))
    if decay and optimizer["decay_kind"] == "coupled":
        g.add_(w, alpha=decay)
    elif decay:
        w.mul_(1 - lr * decay)
    m.lerp_(g, 1 - beta1)
    if optimizer["sign"]:
        w.add_(torch.sign(m), alpha=-lr)
        return
    corrected = optimizer["bias_correction"]
    step = lr / (1 - beta1**t if corrected else 1.0)
    if optimizer["v_exponent"] == 0:
        w.add_(m, alpha=-step / (1 + optimizer["eps"]))
        return
    v.lerp_(_mean(g.square_(), state.blocks), 1 - beta2)
    vhat = v / (1 - beta2**t if corrected else 1.0)
    if optimizer["v_floor"]:
        vhat.clamp_(min=optimizer["v_floor"])
    denominator = vhat.sqrt_() if optimizer["v_exponent"] == 0.5 else vhat.pow_(optimizer["v_exponent"])
    w.addcdiv_(m, denominator.add_(optimizer["eps"]), value=-step)


def _mean(squares: Tensor, blocks: Tensor | None) -> Tensor:
    """Each number replaced by the mean over its block."""
    if blocks is None:
        return squares
    count = int(blocks[-1]) + 1
    sums = torch.zeros(count, dtype=squares.dtype).index_add_(0, blocks, squares)
    return (sums / torch.bincount(blocks, minlength=count))[blocks]
