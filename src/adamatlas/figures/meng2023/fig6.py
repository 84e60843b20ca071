"""Figure 6: test accuracy of LeNet5 trained on noisy images."""

from __future__ import annotations

import xarray as xr
from matplotlib.figure import Figure

from adamatlas.figures.meng2023._images import panels

REQUIRES = ("reg_lambda", "reg_off_epoch", "regularizer", "seed", "sigma_p", "snapshot")
QUANTITIES = ("test_accuracy", "val_accuracy")


def draw(cube: xr.Dataset) -> Figure:
    """Over epochs, by noise level."""
    return panels(cube, "test_accuracy", "test accuracy", "Test accuracy")
