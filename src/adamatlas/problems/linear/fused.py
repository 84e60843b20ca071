"""Training one lane of the linear model by the fused engine."""

from typing import Any

import numpy as np

from adamatlas.contracts import Draw
from adamatlas.lanes import Lane
from adamatlas.optimizers.rule import rule
from adamatlas.optimizers.state import State
from adamatlas.problems.linear.data import pairs
from adamatlas.problems.linear.kernels import advance
from adamatlas.problems.trainer import CompiledTrainer, Layout, initial_normals
from adamatlas.regularizers.penalty import penalty

LAYOUT = Layout(("row", "column"))


def initial_weights(settings: dict[str, Any], seed: int, dtype: str) -> np.ndarray:
    """sigma_0 times standard normals, (1, 2d)."""
    return (settings["sigma_0"] * initial_normals(seed, 1, 2 * settings["d"])).astype(dtype)


class Trainer(CompiledTrainer):
    """One linear model in training."""

    def __init__(self, lane: Lane, draw: Draw, batch_size: int, dtype: str) -> None:
        w = initial_weights(lane.settings, lane.seed, dtype)
        state = State.start(w, lane.optimizer["v_block"], neurons=np.zeros(w.shape[1], np.int64))
        index, value = pairs(draw, lane.settings)
        sample = index.astype(np.uint32), value.astype(dtype), draw["y"].astype(dtype)
        of_lane = rule(lane.optimizer), penalty(lane.regularizer), lane.seed
        super().__init__(advance, state, *sample, *of_lane, batch_size)
