"""Theorems 3.2 and 3.3: loss, signal, noise and accuracy with the theorem's lambda until T1, and without."""

from itertools import cycle

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from adamatlas.figures import style
from adamatlas.figures.methods import LINES
from adamatlas.readings.meng2023 import lambdas, until_switched_off

REQUIRES = ("reg_lambda", "reg_off_epoch", "seed", "sigma_p", "snapshot")
QUANTITIES = ("train_loss", "signal", "noise", "test_accuracy")
SHOWS = {"reg_off_epoch": "largest"}
TITLES = {
    "train_loss": "training loss",
    "signal": "signal",
    "noise": "noise",
    "test_accuracy": "test accuracy",
}


def draw(cube: xr.Dataset) -> Figure:
    """Rows: PEGR until T1 (dotted) with the largest lambda of each sigma_p, with its other ones, and without
    regularizer; lines: sigma_p.
    """
    levels = cube["sigma_p"].values.tolist()
    positive = {sigma: lambdas(cube, sigma) for sigma in levels}
    count = max(1, *(len(strengths) for strengths in positive.values()))
    drawing, axes = style.panels(4, rows=count + 1, height=2.0, sharey="col")
    for (sigma, color), line in zip(style.shades(levels), cycle(LINES), strict=False):
        look = {"color": color, "label": rf"$\sigma_p$ = {sigma:g}", "linestyle": line}
        for row, strength in zip(axes, positive[sigma], strict=False):
            _row(row, until_switched_off(cube, sigma_p=sigma, reg_lambda=strength), look)
        _row(axes[-1], until_switched_off(cube, sigma_p=sigma, reg_lambda=0.0), look)
    for number, row in enumerate(axes):
        for axis, title in zip(row, TITLES.values(), strict=True):
            axis.set_title(title)
            axis.set_xticks([0, 5000, 10000], ["0", "5k", "10k"])
            axis.set_xlim(0, np.nanmax(cube["epoch"].values))
        row[0].set_ylabel("PEGR until T1" if number == 0 else "PEGR, smaller λ")
    axes[-1, 0].set_ylabel("no regularizer")
    axes[0, 0].set_ylim(-0.02, 0.8)
    axes[0, 3].set_ylim(0.4, 1.03)
    style.logarithmic(axes[0, 1], "y")
    for axis in axes[-1]:
        axis.set_xlabel("epoch")
    style.legend_below(drawing, axes[0, 0], axes[-1, 0], ncols=3)
    return style.finish(drawing)


def _row(row: list[Axes], part: xr.Dataset, look: dict) -> None:
    """The four quantities of one sigma_p and lambda."""
    for axis, name in zip(row, TITLES, strict=True):
        style.course(axis, part, name, "epoch", **look)
        if float(part["reg_lambda"]) > 0:
            axis.axvline(float(part["reg_off_epoch"]), color=look["color"], linewidth=0.8, linestyle=":")
