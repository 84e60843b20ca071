"""The first layer's filters of an image network at the end, and how noisy they are (zou2023, Figure 1)."""

import numpy as np
import xarray as xr

from adamatlas.datasets.catalogue import shape_of
from adamatlas.measures.shared.lanes import require
from adamatlas.measures.shared.quantities import dataset
from adamatlas.store import read_spec

PROBLEMS = ("images",)
NEEDS = {"weights": (True,), "network": ("alexnet", "lenet5", "small_cnn")}
FIRST_LAYERS = {"alexnet": (64, 11), "lenet5": (6, 5), "small_cnn": (16, 3)}
"""Filters of the first convolution and their rows, whose weights stand first in a trace."""
SECONDS = (0.0, 1e-3)
QUANTITIES = {
    "filter": (
        ("kernel", "channel", "kernel_row", "kernel_column"),
        "weights of the first convolution",
        "1",
    ),
    "total_variation": (
        (),
        "sum of |differences of neighbours| over sum of |weights|, mean over filters",
        "1",
    ),
    "high_frequency": ((), "share of the filters' spectral energy above half of the largest frequency", "1"),
}
COORDINATES = {
    "kernel": (None, "filter of the first layer"),
    "channel": (None, "channel of the images"),
    "kernel_row": (None, "row of the filter"),
    "kernel_column": (None, "column of the filter"),
}


def measure(trace: xr.Dataset, data: xr.Dataset, spec: dict) -> xr.Dataset:
    """The filters at the last snapshot; NaN after a divergence."""
    require(trace, NEEDS, "measure filters")
    settings = read_spec(trace)["settings"]
    filters = first_layer(trace["w"].values[:, -1], settings["network"], shape_of(settings)[0])
    values = {
        "filter": filters,
        "total_variation": total_variation(filters),
        "high_frequency": high_frequency(filters),
    }
    return dataset(__name__, trace, values)


def first_layer(w: np.ndarray, network: str, channels: int) -> np.ndarray:
    """The filters (lane, kernel, channel, row, column) float64 in weights (lane, parameter) of a trace."""
    kernels, side = FIRST_LAYERS[network]
    first = w[:, : kernels * channels * side**2].astype(np.float64)
    if network == "lenet5":  # a matrix, whose columns are in the order of patches
        return first.reshape(-1, kernels, channels, side, side)
    return np.moveaxis(first.reshape(-1, kernels, side, side, channels), -1, 2)


def total_variation(filters: np.ndarray) -> np.ndarray:
    """(lane,): sum |differences of neighbours in rows and columns| / sum |weights|, mean over filters.

    filters: (lane, kernel, channel, row, column). 0 for a constant filter; for white noise of 5x5 about 2.3.
    """
    steps = sum(np.abs(np.diff(filters, axis=axis)).sum((2, 3, 4)) for axis in (3, 4))
    return (steps / np.abs(filters).sum((2, 3, 4))).mean(1)


def high_frequency(filters: np.ndarray) -> np.ndarray:
    """(lane,): share of sum |DFT|^2 of all filters where the larger of both frequencies exceeds 1/4 a pixel.

    filters: (lane, kernel, channel, row, column).
    """
    energy = (np.abs(np.fft.fft2(filters)) ** 2).sum((1, 2))
    frequency = np.abs(np.fft.fftfreq(filters.shape[-1]))
    high = np.maximum(frequency[:, None], frequency) > 0.25
    return energy[:, high].sum(1) / energy.sum((1, 2))
