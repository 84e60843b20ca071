"""The noisy ellipse in float64 torch, written from li2025, Section 3 alone."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from adamatlas.problems.label_noise import batch_noise
from adamatlas.problems.noisy_ellipse.fused import (
    COORDS,
    HISTORIES,
    LONG_NAMES,
    WEIGHT_DIMS,
    initial_weights,
    scalars,
)  # fmt: skip

__all__ = ["COORDS", "HISTORIES", "LONG_NAMES", "WEIGHT_DIMS", "Model"]


class Model:
    """The loss of one lane; `noise` is delta xi of the step."""

    neuron_dims = (0, 1)

    def __init__(self, settings: dict[str, Any], draw: dict[str, np.ndarray], seed: int) -> None:
        self.settings, self.seed = settings, seed
        self.noise = torch.zeros(1, dtype=torch.float64)
        self.initial = torch.tensor(initial_weights(settings, "float64"))

    def batch(self, step: int, batch_size: int) -> np.ndarray:
        """The one example there is, with the noise of the step."""
        xi = batch_noise(self.seed, self.settings["label_noise"], step, 1)
        self.noise = self.settings["label_noise_scale"] * torch.tensor(xi)
        return np.zeros(1, np.int64)

    def outputs(self, w: torch.Tensor) -> torch.Tensor:
        """q (1,), for weights w (1, 2)."""
        x, y = w[:, 0], w[:, 1]
        return (x + y) ** 2 / (2 * self.settings["a"] ** 2) + (x - y) ** 2 / (2 * self.settings["b"] ** 2)

    def losses(self, w: torch.Tensor) -> torch.Tensor:
        """L (1,) with the noise of the step."""
        return 0.5 * (self.outputs(w) - 1 - self.noise) ** 2

    def histories(self, w: torch.Tensor) -> dict[str, np.ndarray]:
        """As the fused engine records them."""
        return scalars(w.numpy(), self.settings)
