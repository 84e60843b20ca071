"""The arrays that an optimizer carries for one lane."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass
class State:
    """Weights, first and second moment, and a gradient buffer that is zero between steps.

    w, m, g: (rows, columns); v: the same for a coordinate-wise second moment, else (1, blocks);
    columns: (columns,) int64, each column's block.
    """

    w: np.ndarray
    m: np.ndarray
    v: np.ndarray
    g: np.ndarray
    columns: np.ndarray

    @classmethod
    def start(cls, w: np.ndarray, block: str, neurons: np.ndarray) -> State:
        """Zero moments at `w`; `neurons` (columns,) int64 tells which neuron a column belongs to.

        Every network of the fused engine has one layer of weights, so `layer` and `all` coincide.
        """
        columns = neurons if block == "neuron" else np.zeros_like(neurons)
        shape = w.shape if block == "coordinate" else (1, int(columns.max()) + 1)
        return cls(w, np.zeros_like(w), np.zeros(shape, w.dtype), np.zeros_like(w), columns)

    def second_moment(self) -> np.ndarray:
        """v of every weight (rows, columns)."""
        return (
            self.v if self.v.shape == self.w.shape else np.broadcast_to(self.v[:, self.columns], self.w.shape)
        )

    def arrays(self) -> dict[str, np.ndarray]:
        """Copies of what a checkpoint must hold."""
        return {"w": self.w.copy(), "m": self.m.copy(), "v": self.v.copy()}

    def restore(self, arrays: dict[str, np.ndarray]) -> None:
        """Take over the arrays of a checkpoint."""
        self.w[...], self.m[...], self.v[...] = arrays["w"], arrays["m"], arrays["v"]
