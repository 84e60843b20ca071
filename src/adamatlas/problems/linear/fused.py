"""One lane of the linear model for the fused engine."""

from __future__ import annotations

from typing import Any

import numpy as np

from adamatlas.optimizers.rule import rule
from adamatlas.optimizers.state import State
from adamatlas.problems.linear.data import pairs
from adamatlas.problems.linear.kernels import advance
from adamatlas.randomness import PURPOSES, normals

WEIGHT_DIMS = ("row", "column")
HISTORIES: dict[str, tuple[str, ...]] = {}
COORDS: dict[str, Any] = {}
LONG_NAMES: dict[str, str] = {}


def initial_weights(settings: dict[str, Any], seed: int, dtype: str) -> np.ndarray:
    """sigma_0 times standard normals of the stream (seed, init), (1, 2d)."""
    draw = np.empty(2 * settings["d"])
    normals(seed, PURPOSES["init"], 0, draw)
    return (settings["sigma_0"] * draw)[None].astype(dtype)


class Lane:
    """One linear model in training: its data, its state, and how it advances."""

    def __init__(
        self,
        settings: dict[str, Any],
        optimizer: dict[str, Any],
        draw: dict[str, np.ndarray],
        *,
        regularizer: dict[str, Any],
        seed: int,
        batch_size: int,
        dtype: str,
    ) -> None:
        w = initial_weights(settings, seed, dtype)
        index, value = pairs(draw, settings)
        one_neuron = np.zeros(w.shape[1], np.int64)
        self.state = State.start(w, optimizer["block"], one_neuron)
        self._sample = (index.astype(np.uint32), value.astype(dtype), draw["y"].astype(dtype))
        self._training = (rule(optimizer), seed, batch_size)

    def advance(self, start: int, stop: int) -> int:
        """Train from step `start` to `stop`; returns the step reached, less than `stop` on divergence."""
        state = self.state
        return advance(
            state.w, state.m, state.v, state.g, state.columns,
            *self._sample, *self._training, start, stop,
        )  # fmt: skip

    def histories(self) -> dict[str, np.ndarray]:
        """No scalars: the weights are small enough to keep."""
        return {}
