"""One lane of the patch network for the fused engine."""

from __future__ import annotations

from typing import Any

import numpy as np

from adamatlas.optimizers.rule import rule
from adamatlas.optimizers.state import State
from adamatlas.problems.patch_cnn.data import patches
from adamatlas.problems.patch_cnn.kernels import advance
from adamatlas.randomness import PURPOSES, normals

WEIGHT_DIMS = ("row", "column")
HISTORIES = {"feature": ("label",)}
COORDS = {
    "label": ("label", np.array([-1, 1]), {"long_name": "class j of the data and the network", "units": "1"})
}
LONG_NAMES = {"feature": "feature learning max_r <w_jr, j v>"}


def initial_weights(settings: dict[str, Any], seed: int, dtype: str) -> np.ndarray:
    """sigma_0 times standard normals of the stream (seed, init), (d, 2m): the same for every optimizer."""
    draw = np.empty(settings["d"] * 2 * settings["m"])
    normals(seed, PURPOSES["init"], 0, draw)
    return (settings["sigma_0"] * draw).reshape(settings["d"], 2 * settings["m"]).astype(dtype)


class Lane:
    """One network in training: its data, its state, and how it advances."""

    def __init__(
        self,
        settings: dict[str, Any],
        optimizer: dict[str, Any],
        draw: dict[str, np.ndarray],
        *,
        seed: int,
        batch_size: int,
        dtype: str,
    ) -> None:
        w = initial_weights(settings, seed, dtype)
        index, value = patches(draw, settings)
        self.state = State.start(w, optimizer["block"], np.arange(w.shape[1]))
        self._sample = (index.astype(np.uint32), value.astype(dtype), draw["y"].astype(dtype))
        self._network = (settings["q"], settings["output_scale"])
        self._training = (rule(optimizer), seed, batch_size)

    def advance(self, start: int, stop: int) -> int:
        """Train from step `start` to `stop`; returns the step reached, less than `stop` on divergence."""
        state = self.state
        return advance(
            state.w, state.m, state.v, state.g, state.columns,
            *self._sample, *self._network, *self._training, start, stop,
        )  # fmt: skip

    def histories(self) -> dict[str, np.ndarray]:
        """The scalars that are recorded at every snapshot: feature (label,)."""
        w = self.state.w
        m = w.shape[1] // 2
        return {"feature": np.array([-w[0, :m].min(), w[0, m:].max()], dtype=np.float64)}
