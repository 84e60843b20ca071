"""What the lanes of all problems have in common for the fused engine."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from adamatlas.optimizers.state import State


@dataclass(frozen=True)
class Given:
    """What a lane is made of: its resolved numbers, its seed's draw, and how it is trained."""

    settings: dict[str, Any]
    optimizer: dict[str, Any]
    regularizer: dict[str, Any]
    draw: dict[str, np.ndarray]
    seed: int
    batch_size: int
    dtype: str


class CompiledLane:
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
