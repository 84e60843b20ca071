"""The diagonal network in dense float64 torch, written from li2025, Section 5.2 alone."""

from typing import Any

import numpy as np
import torch

from adamatlas.problems.diagonal_net.data import signs
from adamatlas.problems.diagonal_net.fused import LAYOUT, PARTS, initial_weights, scalars
from adamatlas.problems.label_noise import NoisyLabels

__all__ = ["LAYOUT", "Model"]


class Model(NoisyLabels):
    """Data and network of one lane: x (n, d) of +-1."""

    neuron_dims = (0,)
    parts = PARTS

    def __init__(self, settings: dict[str, Any], draw: dict[str, np.ndarray], seed: int) -> None:
        self.truth = np.asarray(draw["truth"])
        self.x = torch.tensor(signs(draw["bits"], settings["d"]), dtype=torch.float64)
        super().__init__(settings, seed, self.x @ torch.tensor(self.truth))
        self.initial = torch.tensor(initial_weights(settings, seed, "float64"))

    def outputs(self, w: torch.Tensor) -> torch.Tensor:
        """f (n,), for weights w (2, d)."""
        return self.x @ (w[0] ** 2 - w[1] ** 2)

    def losses(self, w: torch.Tensor) -> torch.Tensor:
        """L_i (n,) with the labels of the step."""
        return 0.5 * (self.outputs(w) - self.noisy) ** 2

    def histories(self, w: torch.Tensor) -> dict[str, float]:
        """As the fused engine records them."""
        return scalars(w.numpy(), self.truth, (self.outputs(w) - self.y).numpy())
