"""What the trainers of all problems have in common for the fused engine."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from adamatlas.contracts import Draw
from adamatlas.lanes import Lane
from adamatlas.optimizers.state import State


@dataclass(frozen=True)
class Given:
    """What a trainer is made of: a lane, its seed's draw, and how it is trained."""

    lane: Lane
    draw: Draw
    batch_size: int
    dtype: str


class CompiledTrainer:
    """One model in training: its state, and a compiled kernel that advances it in place.

    The kernel takes w, m, v, g and the columns of the state, then `arguments`, then the first step and the
    one to stop before; it returns the step reached.
    """

    def __init__(self, kernel: Callable[..., int], state: State, *arguments: Any) -> None:
        self.state = state
        self._kernel = kernel
        self._arguments = arguments

    def advance(self, start: int, stop: int) -> int:
        """Train from step `start` to `stop`; returns the step reached, less than `stop` on divergence."""
        state = self.state
        return self._kernel(state.w, state.m, state.v, state.g, state.columns, *self._arguments, start, stop)
