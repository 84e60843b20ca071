"""The update rule of `optimizers.rule` on flat vectors of weights, in torch, in place, on any device."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

from adamatlas.optimizers.formula import DESCENT, SIGN, Numbers, decayed, moved, numbers, rounded, update_of
from adamatlas.optimizers.rule import Rule


@dataclass
class FlatState:
    """Weights and moments (parameters,) of one lane, or (lanes, parameters).

    blocks (parameters,) int64: the block of v that each belongs to, and the `sizes` of these blocks; None
    where every weight has a v of its own. statistics: what else a network keeps from step to step, such as
    the running means of batch norm, or None.
    """

    w: Tensor
    m: Tensor
    v: Tensor
    blocks: Tensor | None = None
    sizes: Tensor | None = None
    statistics: Tensor | None = None

    @classmethod
    def start(
        cls, w: Tensor, block: str, shapes: Sequence[tuple[int, ...]], statistics: Tensor | None = None
    ) -> FlatState:
        """Zero moments. shapes: those of the weights and biases in the vector, each of which is a layer; a
        row of one is a neuron.
        """
        state = cls(w, torch.zeros_like(w), torch.zeros_like(w), statistics=statistics)
        if block != "coordinate":
            sizes = [torch.Size(shape).numel() for shape in shapes]
            if block == "neuron":
                sizes = [torch.Size(shape[1:]).numel() for shape in shapes for _ in range(shape[0])]
            elif block == "all":
                sizes = [sum(sizes)]
            state.sizes = torch.tensor(sizes, device=w.device)
            state.blocks = torch.repeat_interleave(state.sizes)
        return state

    def finite(self) -> bool:
        """Whether every weight is finite."""
        return bool(torch.isfinite(self.w).all())

    def snapshot(self) -> tuple[np.ndarray, ...]:
        """w, m and v in the shape of the weights, as a trace keeps them."""
        return tuple(part.cpu().numpy() for part in (self.w, self.m, self.v))

    def arrays(self) -> dict[str, np.ndarray]:
        """Copies of what a checkpoint must hold."""
        return {name: part.to("cpu", copy=True).numpy() for name, part in self._parts().items()}

    def restore(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Take over the arrays of a checkpoint."""
        for name, part in self._parts().items():
            part.copy_(torch.from_numpy(arrays[name]))

    def _parts(self) -> dict[str, Tensor]:
        parts = {"w": self.w, "m": self.m, "v": self.v}
        return parts if self.statistics is None else parts | {"statistics": self.statistics}


def together(rules: Sequence[Rule], device: str) -> Rule:
    """One Rule of lanes that advance in one array: their numbers as tensors (lanes, 1) in float64."""
    first = rules[0]
    fixed = {"form", "bias_correction", "lr_schedule", "warmup_steps", "lr_steps"}
    if any(getattr(one, name) != getattr(first, name) for one in rules for name in fixed):
        raise ValueError("lanes that advance together must have one form of the update rule and one schedule")
    stacked = {
        name: torch.tensor([[getattr(one, name)] for one in rules], dtype=torch.float64, device=device)
        for name in set(Rule._fields) - fixed
    }
    return first._replace(**stacked)


def update(state: FlatState, g: Tensor, rule: Rule, t: int | Tensor) -> None:
    """Step number t (from 1) of the rule with the gradient g, in the shape of the weights.

    t may be a tensor where the learning rate is constant.
    """
    step(state, g, rule.form, numbers(rule, t))


def step(state: FlatState, g: Tensor, form: int, n: Numbers) -> None:
    """A step of a form of the rule with the numbers n, floats or tensors that broadcast with the weights."""
    w, m, v = state.w, state.m, state.v
    n = rounded(n, lambda x: x.to(w.dtype) if isinstance(x, Tensor) else x)
    g = decayed(g, w, n) if isinstance(n.coupled, Tensor) or n.coupled else g
    m.lerp_(g, n.c1)  # `average`, which torch rounds so that it is g where beta1 = 0
    if form == DESCENT:  # `moved`, with a product that is rounded once, as compiled passes have it
        w.mul_(n.shrink).addcmul_(m, n.step if isinstance(n.step, Tensor) else _scalar(n.step, w), value=-1)
        return
    if form != SIGN:
        v.lerp_(_mean(g * g, state), n.c2)
    w.copy_(moved(w, update_of(m, v, n, form, torch), n))


def _scalar(value: float, like: Tensor) -> Tensor:
    return _kept_scalar(value, like.dtype, like.device)


@lru_cache(maxsize=64)
def _kept_scalar(value: float, dtype: torch.dtype, device: torch.device) -> Tensor:
    return torch.tensor(value, dtype=dtype, device=device)


def _mean(squares: Tensor, state: FlatState) -> Tensor:
    """The mean over the block that each weight belongs to."""
    if state.blocks is None:
        return squares
    sums = squares.new_zeros(*squares.shape[:-1], len(state.sizes)).index_add_(-1, state.blocks, squares)
    return (sums / state.sizes)[..., state.blocks]
