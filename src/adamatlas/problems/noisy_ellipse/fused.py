"""Training one lane of the noisy ellipse by the fused engine."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from adamatlas.optimizers.family import uses
from adamatlas.optimizers.rule import rule
from adamatlas.optimizers.state import State
from adamatlas.problems.label_noise import noise
from adamatlas.problems.noisy_ellipse.kernels import KEYS, advance, level
from adamatlas.problems.trainer import CompiledTrainer, Given
from adamatlas.regularizers.penalty import penalty

WEIGHT_DIMS = ("row", "parameter")
HISTORIES: dict[str, tuple[str, ...]] = {"angle": (), "excess": (), "trace_h": (), "trace_sqrt_h": ()}
COORDS: dict[str, Any] = {}
LONG_NAMES = {
    "angle": "angle on the ellipse, 0 at the tip x = y",
    "excess": "q - 1, which is 0 on the ellipse",
    "trace_h": "tr(H) where q = 1",
    "trace_sqrt_h": "tr(Diag(H)^(1/2)) where q = 1",
}


def initial_weights(settings: dict[str, Any], dtype: str) -> np.ndarray:
    """The point (1, 2) at `start_angle` on the ellipse, times `start_scale`."""
    p = settings["start_scale"] * settings["a"] * math.cos(settings["start_angle"])
    r = settings["start_scale"] * settings["b"] * math.sin(settings["start_angle"])
    return np.array([[p + r, p - r]]).astype(dtype) / math.sqrt(2)


def scalars(w: np.ndarray, settings: dict[str, Any]) -> dict[str, np.ndarray]:
    """The histories at weights w (1, 2); the Hessian is grad q grad q' where q = 1."""
    x, y = map(float, w[0])
    q, qx, qy = level(x, y, settings["a"], settings["b"])
    values = {
        "angle": math.atan2((x - y) / settings["b"], (x + y) / settings["a"]),
        "excess": q - 1.0,
        "trace_h": qx**2 + qy**2,
        "trace_sqrt_h": abs(qx) + abs(qy),
    }
    return {name: np.array(value, dtype=np.float64) for name, value in values.items()}


class Trainer(CompiledTrainer):
    """One point in training."""

    def __init__(self, given: Given) -> None:
        self._settings = given.lane.settings
        super().__init__(
            advance,
            State.start(
                initial_weights(given.lane.settings, given.dtype),
                given.lane.optimizer["v_block"],
                np.zeros(2, np.int64),
            ),
            (float(given.lane.settings["a"]), float(given.lane.settings["b"])),
            noise(given.lane.settings),
            *(rule(given.lane.optimizer), uses(given.lane.optimizer) <= KEYS),
            *(penalty(given.lane.regularizer), given.lane.seed),
        )

    def histories(self) -> dict[str, np.ndarray]:
        """The scalars that are recorded at every snapshot."""
        return scalars(self.state.w, self._settings)
