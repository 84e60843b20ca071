"""Training one lane of the matrix factorization by the fused engine."""

from typing import Any

import numpy as np

from adamatlas.contracts import Draw
from adamatlas.lanes import Lane
from adamatlas.optimizers.rule import rule
from adamatlas.optimizers.state import State
from adamatlas.problems.label_noise import noise
from adamatlas.problems.matrix_factorization.data import labels
from adamatlas.problems.matrix_factorization.jacobian import hessian_diagonal, product
from adamatlas.problems.matrix_factorization.kernels import advance, workspace
from adamatlas.problems.trainer import CompiledTrainer, Layout, initial_normals
from adamatlas.regularizers.penalty import penalty

HISTORIES = {
    "test_loss": ((), "exact test loss |W_1 ... W_L - M*|_F^2"),
    "train_loss": ((), "training loss without label noise"),
    "trace_h": ((), "tr(H) at interpolation"),
    "trace_sqrt_h": ((), "tr(Diag(H)^(1/2)) at interpolation"),
}
LAYOUT = Layout(("row", "column"), HISTORIES)


def parts(depth: int) -> dict[str, int]:
    """Blocks of the second moment: factors are layers, and a neuron is a column of one factor."""
    return {"layer": depth, "neuron": depth}


def initial_weights(settings: dict[str, Any], seed: int, dtype: str) -> np.ndarray:
    """init_scale times standard normals, (L d, d)."""
    d = settings["d"]
    return (settings["init_scale"] * initial_normals(seed, settings["depth"] * d, d)).astype(dtype)


def scalars(w: np.ndarray, draw: dict[str, np.ndarray]) -> dict[str, float]:
    """The histories at weights w (L d, d); at interpolation H = 2/n sum_i grad f_i grad f_i'."""
    w = w.astype(np.float64)
    learned = product(w)
    residual = np.tensordot(draw["measurement"], learned - draw["truth"], axes=2)
    diagonal = hessian_diagonal(w, draw["measurement"])
    return {
        "test_loss": ((learned - draw["truth"]) ** 2).sum(),
        "train_loss": (residual**2).mean(),
        "trace_h": diagonal.sum(),
        "trace_sqrt_h": np.sqrt(diagonal).sum(),
    }


class Trainer(CompiledTrainer):
    """One factorization in training."""

    def __init__(self, lane: Lane, draw: Draw, batch_size: int, dtype: str) -> None:
        d, depth, block = lane.settings["d"], lane.settings["depth"], lane.optimizer["v_block"]
        self._draw = draw
        w = initial_weights(lane.settings, lane.seed, dtype)
        state = State.start(w, block, np.arange(d), parts(depth).get(block, 1))
        sample = draw["measurement"].reshape(-1, d * d).astype(dtype), labels(draw), noise(lane.settings)
        of_lane = rule(lane.optimizer), penalty(lane.regularizer), lane.seed
        super().__init__(advance, state, *sample, *of_lane, workspace(depth, d, dtype), batch_size)

    def histories(self) -> dict[str, float]:
        """See `HISTORIES`."""
        return scalars(self.state.w, self._draw)
