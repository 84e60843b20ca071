"""The matrix factorization in float64 torch, written from li2025, Appendix B.1 alone."""

from functools import reduce
from typing import Any

import numpy as np
import torch

from adamatlas.problems.label_noise import NoisyLabels
from adamatlas.problems.matrix_factorization.fused import LAYOUT, initial_weights, parts, scalars

__all__ = ["LAYOUT", "Model"]


class Model(NoisyLabels):
    """Data and factors of one lane: measurements (n, d, d)."""

    neuron_dims = (0,)

    def __init__(self, settings: dict[str, Any], draw: dict[str, np.ndarray], seed: int) -> None:
        self.draw, self.parts = draw, parts(settings["depth"])
        self.measurement = torch.tensor(draw["measurement"])
        super().__init__(settings, seed, (self.measurement * torch.tensor(draw["truth"])).sum((1, 2)))
        self.initial = torch.tensor(initial_weights(settings, seed, "float64"))

    def outputs(self, w: torch.Tensor) -> torch.Tensor:
        """f (n,), for weights w (L d, d)."""
        product = reduce(torch.matmul, w.reshape(self.settings["depth"], *self.measurement.shape[1:]))
        return (self.measurement * product).sum((1, 2))

    def losses(self, w: torch.Tensor) -> torch.Tensor:
        """L_i (n,) with the labels of the step."""
        return (self.outputs(w) - self.noisy) ** 2

    def histories(self, w: torch.Tensor) -> dict[str, float]:
        """As the fused engine records them."""
        return scalars(w.numpy(), self.draw)
