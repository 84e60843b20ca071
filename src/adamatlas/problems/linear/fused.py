"""Training one lane of the linear model by the fused engine."""

from __future__ import annotations

from typing import Any

import numpy as np

from adamatlas.optimizers.rule import rule
from adamatlas.optimizers.state import State
from adamatlas.problems.linear.data import pairs
from adamatlas.problems.linear.kernels import advance
from adamatlas.problems.trainer import CompiledTrainer, Given, Layout, initial_normals
from adamatlas.regularizers.penalty import penalty

LAYOUT = Layout(("row", "column"))


def initial_weights(settings: dict[str, Any], seed: int, dtype: str) -> np.ndarray:
    """sigma_0 times standard normals, (1, 2d)."""
    return (settings["sigma_0"] * initial_normals(seed, 1, 2 * settings["d"])).astype(dtype)


class Trainer(CompiledTrainer):
    """One linear model in training."""

    def __init__(self, given: Given) -> None:
        w = initial_weights(given.lane.settings, given.lane.seed, given.dtype)
        index, value = pairs(given.draw, given.lane.settings)
        one_neuron = np.zeros(w.shape[1], np.int64)
        super().__init__(
            advance,
            State.start(w, given.lane.optimizer["v_block"], one_neuron),
            *(index.astype(np.uint32), value.astype(given.dtype), given.draw["y"].astype(given.dtype)),
            *(rule(given.lane.optimizer), penalty(given.lane.regularizer), given.lane.seed, given.batch_size),
        )
