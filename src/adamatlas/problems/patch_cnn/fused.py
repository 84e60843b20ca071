"""Training one lane of the patch network by the fused engine."""

from typing import Any

import numpy as np

from adamatlas.contracts import Draw
from adamatlas.lanes import Lane
from adamatlas.optimizers.rule import rule
from adamatlas.optimizers.state import State
from adamatlas.problems.patch_cnn import span
from adamatlas.problems.patch_cnn.data import dense_patches
from adamatlas.problems.patch_cnn.kernels import Network, advance, workspace
from adamatlas.problems.patch_cnn.sample import arrange
from adamatlas.problems.trainer import CompiledTrainer, Layout, initial_normals
from adamatlas.regularizers.penalty import penalty

LAYOUT = Layout(
    ("row", "column"),
    histories={"feature": (("label",), "feature learning max_r <w_jr, j v>")},
    coordinates={"label": (np.array([-1, 1]), "class j of the data and the network")},
)


def initial_weights(settings: dict[str, Any], seed: int, dtype: str) -> np.ndarray:
    """sigma_0 times standard normals, (d, 2m)."""
    return (settings["sigma_0"] * initial_normals(seed, settings["d"], 2 * settings["m"])).astype(dtype)


class Trainer(CompiledTrainer):
    """One network in training."""

    def __init__(self, lane: Lane, draw: Draw, batch_size: int, dtype: str) -> None:
        settings = lane.settings
        w = initial_weights(settings, lane.seed, dtype)
        state = State.start(w, lane.optimizer["v_block"], np.arange(w.shape[1]))
        sample = arrange(draw, settings, dtype, full_batch=batch_size == len(draw["y"]))
        if settings["carry_in_span"] and span.applies(sample, lane.optimizer):
            state, sample = span.reduce(w, sample, dense_patches(draw, settings))
        network = Network(settings["q"], float(settings["output_scale"]))
        of_lane = rule(lane.optimizer), penalty(lane.regularizer), lane.seed
        work = workspace(batch_size, w.shape[1], dtype)
        super().__init__(advance, state, sample, network, *of_lane, work)

    def histories(self) -> dict[str, np.ndarray]:
        """feature (label,): max_r <w_jr, j v>."""
        minus, plus = self.state.w[0].reshape(2, -1)
        return {"feature": np.array([-minus.min(), plus.max()])}
