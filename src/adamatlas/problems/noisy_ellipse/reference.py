"""The noisy ellipse in float64 torch, written from li2025, Section 3 alone."""

from typing import Any

import numpy as np
import torch

from adamatlas.problems.label_noise import WINDOW, NoisyLabels
from adamatlas.problems.noisy_ellipse.fused import LAYOUT, initial_weights, scalars
from adamatlas.problems.noisy_ellipse.kernels import pair

__all__ = ["LAYOUT", "Model"]


class Model(NoisyLabels):
    """The loss of one lane, whose one example has the label 1."""

    neuron_dims = (0, 1)

    def __init__(self, settings: dict[str, Any], draw: dict[str, np.ndarray], seed: int) -> None:
        super().__init__(settings, seed, torch.ones(1, dtype=torch.float64))
        self.initial = torch.tensor(initial_weights(settings, "float64"))

    def outputs(self, w: torch.Tensor) -> torch.Tensor:
        """q (1,), for weights w (1, 2)."""
        x, y = w[:, 0], w[:, 1]
        return (x + y) ** 2 / (2 * self.settings["a"] ** 2) + (x - y) ** 2 / (2 * self.settings["b"] ** 2)

    def losses(self, w: torch.Tensor) -> torch.Tensor:
        """L (1,) with the noise of the step."""
        return 0.5 * (self.outputs(w) - self.noisy) ** 2

    def gradient_noise(self, step: int) -> torch.Tensor:
        """What a step adds to the gradient (1, 2)."""
        window, scales = np.empty(WINDOW), [self.settings[f"gradient_noise_{axis}"] for axis in "xy"]
        place = pair(self.seed, step, step, window)
        return torch.tensor(scales * window[place : place + 2])[None]

    def histories(self, w: torch.Tensor) -> dict[str, float]:
        """As the fused engine records them."""
        return scalars(w.numpy(), self.settings)
