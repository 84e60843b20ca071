"""The diagonal network in dense float64 torch, written from li2025, Section 5.2 alone."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from adamatlas.problems.diagonal_net.data import signs
from adamatlas.problems.diagonal_net.fused import (
    COORDS,
    HISTORIES,
    LONG_NAMES,
    PARTS,
    WEIGHT_DIMS,
    initial_weights,
    scalars,
)  # fmt: skip
from adamatlas.problems.label_noise import batch_noise
from adamatlas.problems.order import batch

__all__ = ["COORDS", "HISTORIES", "LONG_NAMES", "WEIGHT_DIMS", "Model"]


class Model:
    """Data and network of one lane: x (n, d) of +-1, y (n,); `noisy` is y with the noise of the step."""

    neuron_dims = (0,)
    parts = PARTS

    def __init__(self, settings: dict[str, Any], draw: dict[str, np.ndarray], seed: int) -> None:
        self.settings, self.seed, self.truth = settings, seed, np.asarray(draw["truth"])
        self.x = torch.tensor(signs(draw["bits"], settings["d"]), dtype=torch.float64)
        self.y = self.x @ torch.tensor(self.truth)
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
        """f (n,), for weights w (2, d)."""
        return self.x @ (w[0] ** 2 - w[1] ** 2)

    def losses(self, w: torch.Tensor) -> torch.Tensor:
        """L_i (n,) with the labels of the step."""
        return 0.5 * (self.outputs(w) - self.noisy) ** 2

    def histories(self, w: torch.Tensor) -> dict[str, np.ndarray]:
        """As the fused engine records them."""
        return scalars(w.numpy(), self.truth, (self.outputs(w) - self.y).numpy())
