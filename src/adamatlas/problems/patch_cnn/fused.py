"""One lane of the patch network for the fused engine."""

from __future__ import annotations

from typing import Any

import numpy as np

from adamatlas.optimizers.rule import rule
from adamatlas.optimizers.state import State
from adamatlas.problems.patch_cnn.kernels import Network, advance, workspace
from adamatlas.problems.patch_cnn.sample import arrange
from adamatlas.randomness import PURPOSES, normals
from adamatlas.regularizers.penalty import penalty

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
        regularizer: dict[str, Any],
        seed: int,
        batch_size: int,
        dtype: str,
    ) -> None:
        w = initial_weights(settings, seed, dtype)
        self.state = State.start(w, optimizer["block"], np.arange(w.shape[1]))
        sample = arrange(draw, settings, dtype, full_batch=batch_size == len(draw["y"]))
        network = Network(settings["q"], float(settings["output_scale"]))
        work = workspace(batch_size, w.shape[1], dtype)
        self._training = (sample, network, rule(optimizer), penalty(regularizer), seed, work)

    def advance(self, start: int, stop: int) -> int:
        """Train from step `start` to `stop`; returns the step reached, less than `stop` on divergence."""
        state = self.state
        return advance(state.w, state.m, state.v, state.g, state.columns, *self._training, start, stop)

    def histories(self) -> dict[str, np.ndarray]:
        """The scalars that are recorded at every snapshot: feature (label,)."""
        w = self.state.w
        m = w.shape[1] // 2
        return {"feature": np.array([-w[0, :m].min(), w[0, m:].max()], dtype=np.float64)}
