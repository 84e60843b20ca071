"""The loss near the manifold over what the theory says of it."""

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from adamatlas.figures import style
from adamatlas.readings import names
from adamatlas.readings.li2025 import late_floors

REQUIRES = ("lr", "optimizer", "seed")
QUANTITIES = ("excess_loss", "loss_floor")


def draw(cube: xr.Dataset) -> Figure:
    """Left, one point an optimizer and learning rate, means over seeds; right, every seed over its floor."""
    drawing, (level, ratio) = style.tiles(2, height=2.9)
    loss, floor = late_floors(cube)
    optimizers = cube["optimizer"].values.tolist()
    for number, optimizer in enumerate(optimizers):
        color, marker = style.color(optimizer), style.MARKERS[number % 4]
        means = floor[:, number].mean(axis=0), loss[:, number].mean(axis=0)
        level.plot(*means, color=color, marker=marker, linestyle="", label=names.name(optimizer))
        style.strip(ratio, number, (loss[:, number] / floor[:, number]).mean(axis=1), color)
    ends = np.array([ufunc.reduce(floor.mean(axis=0), axis=None) for ufunc in (np.fmin, np.fmax)])
    level.plot(ends, ends, color="black", linewidth=0.8, zorder=0)
    ratio.axhline(1.0, color="black", linewidth=0.8)
    for which in "xy":
        style.logarithmic(level, which)
    level.set(xlabel="lr alpha/4 tr(SH)", ylabel="loss without label noise", title="Loss near the manifold")
    ratio.set(ylabel="loss / (lr alpha/4 tr(SH))", title="Each seed, mean over lr")
    style.places(ratio, map(names.name, optimizers), rotation=30)
    style.legend(level, loc="best")
    return style.finish(drawing)
