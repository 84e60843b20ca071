"""The histories of an image network, as the engine recorded them."""

from __future__ import annotations

import numpy as np
import xarray as xr

from adamatlas.measures import _lanes

PROBLEMS = ("images",)
HISTORIES = {
    "train_loss": ("training loss, on the noisy images, without regularizer", "nat"),
    "train_accuracy": ("training accuracy, on the noisy images", "1"),
    "val_accuracy": ("validation accuracy, on clean images", "1"),
    "test_accuracy": ("test accuracy, on clean images", "1"),
}


def measure(trace: xr.Dataset, data: xr.Dataset, spec: dict) -> xr.Dataset:
    """`train_loss`, `train_accuracy`, `val_accuracy`, `test_accuracy` over (lane, snapshot), float64.

    The training images carry the noise of the lane (meng2023 Sec. 4.2), the others none. NaN after a
    divergence.
    """
    return _lanes.dataset(
        trace,
        {
            name: (("lane", "snapshot"), trace[name].values.astype(np.float64), *attrs)
            for name, attrs in HISTORIES.items()
        },
    )
