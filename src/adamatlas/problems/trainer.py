"""What the trainers of all problems have in common."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from adamatlas.optimizers.state import State
from adamatlas.randomness import PURPOSES, normals


@dataclass(frozen=True)
class Layout:
    """What the traces of a problem hold.

    weight_dims: the dims of the weights of one lane; histories: {name: (dims after (lane, snapshot),
    long_name)}; coordinates: those of the histories' dims, {dim: (values, long_name)}.
    """

    weight_dims: tuple[str, ...]
    histories: Mapping[str, tuple[tuple[str, ...], str]] = field(default_factory=dict)
    coordinates: Mapping[str, tuple[np.ndarray, str]] = field(default_factory=dict)


class CompiledTrainer:
    """One model in training by the fused engine: its state, and a compiled kernel that advances it in place.

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

    def histories(self) -> Mapping[str, Any]:
        """The scalars (or small arrays) that are recorded at every snapshot: none."""
        return {}


def initial_normals(seed: int, *shape: int) -> np.ndarray:
    """Standard normals of the stream (seed, init), float64: the same for every optimizer."""
    draw = np.empty(shape)
    normals(seed, PURPOSES["init"], 0, draw.reshape(-1))
    return draw
