"""Training one lane of the diagonal network by the fused engine."""

from typing import Any

import numpy as np

from adamatlas.contracts import Draw
from adamatlas.lanes import Lane
from adamatlas.optimizers.rule import rule
from adamatlas.optimizers.state import State
from adamatlas.problems.diagonal_net import single
from adamatlas.problems.diagonal_net.data import labels, signs
from adamatlas.problems.diagonal_net.kernels import advance, outputs
from adamatlas.problems.label_noise import noise
from adamatlas.problems.trainer import CompiledTrainer, Layout, initial_normals
from adamatlas.regularizers.penalty import penalty

PARTS = {"layer": 2}
"""Blocks of the second moment: u and v are layers; a neuron is the pair (u_k, v_k)."""
HISTORIES = {
    "test_loss": ((), "exact test loss |u^2 - v^2 - w*|^2 / 2"),
    "train_loss": ((), "training loss without label noise"),
    "support": ((), "share of the support of w* among the kappa largest |w|"),
    "trace_h": ((), "tr(H) at interpolation, 4 (|u|^2 + |v|^2)"),
    "trace_sqrt_h": ((), "tr(Diag(H)^(1/2)) at interpolation, 2 (|u|_1 + |v|_1)"),
}
LAYOUT = Layout(("layer", "coordinate"), HISTORIES)


def initial_weights(settings: dict[str, Any], seed: int, dtype: str) -> np.ndarray:
    """u = v = init_scale times 1 or times standard normals, (2, d), so that u^2 - v^2 = 0."""
    draw = initial_normals(seed, settings["d"]) if settings["start"] == "normal" else np.ones(settings["d"])
    return np.tile(settings["init_scale"] * draw, (2, 1)).astype(dtype)


def scalars(w: np.ndarray, truth: np.ndarray, residual: np.ndarray) -> dict[str, float]:
    """The histories at weights w (2, d) with the training residuals f(x_i) - y_i."""
    w = w.astype(np.float64)
    learned = w[0] ** 2 - w[1] ** 2
    kappa = np.count_nonzero(truth)
    largest = np.argsort(-np.abs(learned), kind="stable")[:kappa]
    return {
        "test_loss": 0.5 * ((learned - truth) ** 2).sum(),
        "train_loss": 0.5 * (residual**2).mean(),
        "support": np.count_nonzero(truth[largest]) / kappa,
        "trace_h": 4.0 * (w**2).sum(),
        "trace_sqrt_h": 2.0 * np.abs(w).sum(),
    }


class Trainer(CompiledTrainer):
    """One diagonal network in training."""

    def __init__(self, lane: Lane, draw: Draw, batch_size: int, dtype: str) -> None:
        w = initial_weights(lane.settings, lane.seed, dtype)
        block = lane.optimizer["v_block"]
        state = State.start(w, block, np.arange(w.shape[1]), PARTS.get(block, 1))
        self._truth = draw["truth"]
        self._sample = signs(draw["bits"], lane.settings["d"]), labels(draw)
        common = (*self._sample, noise(lane.settings), rule(lane.optimizer))
        if single.applies(lane.optimizer, lane.regularizer, batch_size):
            carried = single.CarriedState(**vars(state), carried=np.empty(1))
            super().__init__(single.advance, carried, *common, lane.seed, carried.carried)
        else:
            more = penalty(lane.regularizer), lane.seed, batch_size
            super().__init__(advance, state, *common, *more)

    def histories(self) -> dict[str, float]:
        """See `HISTORIES`."""
        x, y = self._sample
        return scalars(self.state.w, self._truth, outputs(self.state.w, x) - y)
