"""The linear model in dense float64 torch."""

from typing import Any

import numpy as np
import torch

from adamatlas.problems.linear.data import pairs
from adamatlas.problems.linear.fused import LAYOUT, initial_weights

__all__ = ["LAYOUT", "Model"]


class Model:
    """Data and model of one lane: x (n, 2d), y (n,)."""

    neuron_dims = (0, 1)

    def __init__(self, settings: dict[str, Any], draw: dict[str, np.ndarray], seed: int) -> None:
        index, value = pairs(draw, settings)
        dense = np.zeros((len(index), 2 * settings["d"]))
        np.put_along_axis(dense, index.astype(np.int64), value, axis=1)
        self.x = torch.tensor(dense)
        self.y = torch.tensor(draw["y"], dtype=torch.float64)
        self.initial = torch.tensor(initial_weights(settings, seed, "float64"))

    def outputs(self, w: torch.Tensor) -> torch.Tensor:
        """f (n,) = <w, x_i>, for weights w (1, 2d)."""
        return self.x @ w[0]

    def losses(self, w: torch.Tensor) -> torch.Tensor:
        """L_i (n,) = log(1 + exp(-y_i f(x_i)))."""
        return torch.nn.functional.softplus(-self.y * self.outputs(w))

    def histories(self, w: torch.Tensor) -> dict[str, Any]:
        """There are none."""
        return {}
