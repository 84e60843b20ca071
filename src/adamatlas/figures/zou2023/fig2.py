"""Figure 2: feature learning and noise memorization of full-batch Adam and gradient descent."""

import xarray as xr
from matplotlib.figure import Figure

from adamatlas.figures import panels
from adamatlas.readings import names

REQUIRES = ("label", "optimizer", "seed", "snapshot")
QUANTITIES = ("feature", "noise_min", "noise_max")


def draw(cube: xr.Dataset) -> Figure:
    """One panel an optimizer, over steps."""
    cells = [
        (names.in_full(optimizer) + ("" if optimizer == "gd" else ", full batch"), {"optimizer": optimizer})
        for optimizer in names.ordered(cube["optimizer"].values.tolist(), "adam", "gd")
    ]
    return panels.courses(cube, "step", cells=cells)
