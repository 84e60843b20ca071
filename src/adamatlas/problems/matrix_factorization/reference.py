"""The matrix factorization in float64 torch, written from li2025, Appendix B.1 alone."""

from __future__ import annotations

from functools import reduce
from typing import Any

import numpy as np
import torch

from adamatlas.problems.label_noise import batch_noise
from adamatlas.problems.matrix_factorization.fused import (
    COORDS,
    HISTORIES,
    LONG_NAMES,
    WEIGHT_DIMS,
    initial_weights,
    parts,
    scalars,
)  # fmt: skip
from adamatlas.problems.order import batch

__all__ = ["COORDS", "HISTORIES", "LONG_NAMES", "WEIGHT_DIMS", "Model"]


class Model:
    """Data and factors of one lane: measurements (n, d, d), y (n,); `noisy`: y with the noise of the step."""

    neuron_dims = (0,)

    def __init__(self, settings: dict[str, Any], draw: dict[str, np.ndarray], seed: int) -> None:
        self.settings, self.seed, self.draw = settings, seed, draw
        self.parts = parts(settings["depth"])
        self.measurement = torch.tensor(draw["measurement"])
        self.y = (self.measurement * torch.tensor(draw["truth"])).sum((1, 2))
        self.noisy = self.y
        self.initial = torch.tensor(initial_weights(settings, seed, "float64"))

    def batch(self, step: int, batch_size: int) -> np.ndarray:
        """The examples of a step; their labels get the noise of the step."""
        chosen = batch(self.seed, step, len(self.y), batch_size)
        noise = batch_noise(self.seed, self.settings["label_noise"], step, batch_size)
        self.noisy = self.y.clone()
        self.noisy[chosen] += self.settings["label_noise_scale"] * torch.tensor(noise)
        return chosen

    def outputs(self, w: torch.Tensor) -> torch.Tensor:
        """f (n,), for weights w (L d, d)."""
        product = reduce(torch.matmul, w.reshape(self.settings["depth"], *self.measurement.shape[1:]))
        return (self.measurement * product).sum((1, 2))

    def losses(self, w: torch.Tensor) -> torch.Tensor:
        """L_i (n,) with the labels of the step."""
        return (self.outputs(w) - self.noisy) ** 2

    def histories(self, w: torch.Tensor) -> dict[str, np.ndarray]:
        """As the fused engine records them."""
        return scalars(w.numpy(), self.draw)
