"""The arrays that an optimizer carries for one lane."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

CACHE_LINE = 64


@dataclass
class State:
    """Weights, first and second moment, and a gradient buffer that is zero between steps.

    w, m, g: (rows, columns); v: the same for a coordinate-wise second moment, else (parts, blocks);
    columns: (columns,) int64, each column's block.
    """

    w: np.ndarray
    m: np.ndarray
    v: np.ndarray
    g: np.ndarray
    columns: np.ndarray

    @classmethod
    def start(cls, w: np.ndarray, block: str, neurons: np.ndarray, parts: int = 1) -> State:
        """Zero moments at `w`; `neurons` (columns,) int64 tells which neuron a column belongs to.

        `parts`: into how many slices of rows, such as layers, the weights are cut for this kind of block;
        each has blocks of its own.
        """
        columns = neurons if block == "neuron" else np.zeros_like(neurons)
        shape = w.shape if block == "coordinate" else (parts, int(columns.max()) + 1)
        zero = np.zeros_like(w)
        return cls(aligned(w), aligned(zero), aligned(np.zeros(shape, w.dtype)), aligned(zero), columns)

    def finite(self) -> bool:
        """Whether every weight is finite."""
        return bool(np.isfinite(self.w).all())

    def snapshot(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """w, m and v of every weight, (rows, columns), as a trace keeps them."""
        if self.v.shape == self.w.shape:
            return self.w, self.m, self.v
        return self.w, self.m, np.repeat(self.v[:, self.columns], len(self.w) // len(self.v), axis=0)

    def arrays(self) -> dict[str, np.ndarray]:
        """Copies of what a checkpoint must hold."""
        return {"w": self.w.copy(), "m": self.m.copy(), "v": self.v.copy()}

    def restore(self, arrays: dict[str, np.ndarray]) -> None:
        """Take over the arrays of a checkpoint."""
        self.w[...], self.m[...], self.v[...] = arrays["w"], arrays["m"], arrays["v"]


def aligned(values: np.ndarray) -> np.ndarray:
    """A copy that begins with a cache line: no vector lies across two, which saves a sixth of a gather."""
    space = np.empty(values.nbytes + CACHE_LINE, np.uint8)
    first = -space.ctypes.data % CACHE_LINE
    copy = space[first : first + values.nbytes].view(values.dtype).reshape(values.shape)
    copy[...] = values
    return copy
