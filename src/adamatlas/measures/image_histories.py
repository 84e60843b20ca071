"""The histories of an image network, as the engine recorded them."""

import numpy as np
import xarray as xr

from adamatlas.measures.shared.quantities import dataset

PROBLEMS = ("images",)
SECONDS = (0.0, 1e-05)
QUANTITIES = {
    "train_loss": (("snapshot",), "training loss, on the noisy images, without regularizer", "nat"),
    "train_accuracy": (("snapshot",), "training accuracy, on the noisy images", "1"),
    "val_accuracy": (("snapshot",), "validation accuracy, on clean images", "1"),
    "test_loss": (("snapshot",), "test loss, on clean images", "nat"),
    "test_accuracy": (("snapshot",), "test accuracy, on clean images", "1"),
    "test_top5": (("snapshot",), "test images whose class is among the five most likely", "1"),
}


def measure(trace: xr.Dataset, data: xr.Dataset, spec: dict) -> xr.Dataset:
    """Loss and accuracies of meng2023 Sec. 4.2, where training images carry the noise and others none.

    In float64; NaN after a divergence.
    """
    return dataset(__name__, trace, {name: trace[name].values.astype(np.float64) for name in QUANTITIES})
