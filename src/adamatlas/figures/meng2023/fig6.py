"""Figure 6: test accuracy of LeNet5 trained on noisy images."""

from __future__ import annotations

import xarray as xr
from matplotlib.figure import Figure

from adamatlas.figures.image_courses import panels

REQUIRES = ("reg_lambda", "reg_off_epoch", "regularizer", "seed", "sigma_p", "snapshot")
QUANTITIES = ("test_accuracy", "val_accuracy")
SHOWS = {
    "reg_lambda": "0, 0.1, and of each seed the one that its validation split chooses",
    "reg_off_epoch": "largest",
}


def draw(cube: xr.Dataset) -> Figure:
    """Over epochs, by noise level."""
    return panels(cube, "test_accuracy", "test accuracy", "Test accuracy")
