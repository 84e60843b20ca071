"""Training one lane of the noisy ellipse by the fused engine."""

import math
from typing import Any

import numpy as np

from adamatlas.contracts import Draw
from adamatlas.lanes import Lane
from adamatlas.optimizers.family import uses
from adamatlas.optimizers.rule import rule
from adamatlas.optimizers.state import State
from adamatlas.problems.label_noise import noise
from adamatlas.problems.noisy_ellipse.kernels import KEYS, advance, level
from adamatlas.problems.trainer import CompiledTrainer, Layout
from adamatlas.regularizers.penalty import penalty

HISTORIES = {
    "angle": ((), "angle on the ellipse, 0 at the tip x = y"),
    "excess": ((), "q - 1, which is 0 on the ellipse"),
    "trace_h": ((), "tr(H) where q = 1"),
    "trace_sqrt_h": ((), "tr(Diag(H)^(1/2)) where q = 1"),
}
LAYOUT = Layout(("row", "parameter"), HISTORIES)


def initial_weights(settings: dict[str, Any], dtype: str) -> np.ndarray:
    """The point (1, 2) at `start_angle` on the ellipse, times `start_scale`."""
    p = settings["start_scale"] * settings["a"] * math.cos(settings["start_angle"])
    r = settings["start_scale"] * settings["b"] * math.sin(settings["start_angle"])
    return np.array([[p + r, p - r]]).astype(dtype) / math.sqrt(2)


def scalars(w: np.ndarray, settings: dict[str, Any]) -> dict[str, float]:
    """The histories at weights w (1, 2); the Hessian is grad q grad q' where q = 1."""
    x, y = map(float, w[0])
    q, qx, qy = level(x, y, settings["a"], settings["b"])
    return {
        "angle": math.atan2((x - y) / settings["b"], (x + y) / settings["a"]),
        "excess": q - 1.0,
        "trace_h": qx**2 + qy**2,
        "trace_sqrt_h": abs(qx) + abs(qy),
    }


class Trainer(CompiledTrainer):
    """One point in training."""

    def __init__(self, lane: Lane, draw: Draw, batch_size: int, dtype: str) -> None:
        self._settings = settings = lane.settings
        w = initial_weights(settings, dtype)
        state = State.start(w, lane.optimizer["v_block"], neurons=np.zeros(2, np.int64))
        ellipse, by_weight = (float(settings["a"]), float(settings["b"])), uses(lane.optimizer) <= KEYS
        scales = float(settings["gradient_noise_x"]), float(settings["gradient_noise_y"])
        of_lane = rule(lane.optimizer), by_weight, penalty(lane.regularizer), lane.seed
        super().__init__(advance, state, ellipse, noise(settings), scales, *of_lane)

    def histories(self) -> dict[str, float]:
        """See `HISTORIES`."""
        return scalars(self.state.w, self._settings)
