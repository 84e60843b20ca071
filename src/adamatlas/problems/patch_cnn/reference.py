"""The patch network in dense float64 torch, written from Definitions 3.1 and 3.2 alone."""

from typing import Any

import numpy as np
import torch

from adamatlas.problems.patch_cnn.data import dense_patches
from adamatlas.problems.patch_cnn.fused import LAYOUT, initial_weights

__all__ = ["LAYOUT", "Model"]


class Model:
    """Data and network of one lane.

    x1 (n, d): the feature patches y v; x2 (n, d): the noise patches; y (n,): +-1.
    """

    neuron_dims = (0,)

    def __init__(self, settings: dict[str, Any], draw: dict[str, np.ndarray], seed: int) -> None:
        self.y = torch.tensor(draw["y"], dtype=torch.float64)
        self.x2 = torch.tensor(dense_patches(draw, settings))
        self.x1 = torch.zeros_like(self.x2)
        self.x1[:, 0] = self.y
        self.q, self.output_scale = settings["q"], settings["output_scale"]
        self.initial = torch.tensor(initial_weights(settings, seed, "float64"))

    def outputs(self, w: torch.Tensor) -> torch.Tensor:
        """F (n, 2) with columns F_-1, F_+1, for weights w (d, 2m)."""
        hidden = sum(torch.relu(x @ w) ** self.q for x in (self.x1, self.x2))
        return self.output_scale * hidden.reshape(len(self.y), 2, -1).sum(2)

    def losses(self, w: torch.Tensor) -> torch.Tensor:
        """L_i (n,): cross-entropy over (F_-1, F_+1)."""
        return torch.nn.functional.cross_entropy(self.outputs(w), (self.y > 0).long(), reduction="none")

    def histories(self, w: torch.Tensor) -> dict[str, np.ndarray]:
        """feature (label,): max_r <w_jr, j v>."""
        minus, plus = w[0].reshape(2, -1)
        return {"feature": np.array([float((-minus).max()), float(plus.max())])}
