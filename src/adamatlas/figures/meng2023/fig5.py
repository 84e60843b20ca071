"""Figure 5: training loss of LeNet5 on noisy images."""

from __future__ import annotations

import xarray as xr
from matplotlib.figure import Figure

from adamatlas.figures.meng2023._images import panels

REQUIRES = ("reg_lambda", "reg_off_epoch", "regularizer", "seed", "sigma_p", "snapshot")
QUANTITIES = ("train_loss", "val_accuracy")


def draw(cube: xr.Dataset) -> Figure:
    """Over epochs, by noise level."""
    return panels(cube, "train_loss", "training loss (nat)", "Training loss")
