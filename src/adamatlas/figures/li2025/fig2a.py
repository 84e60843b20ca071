"""Test loss of the diagonal network over the number of training examples."""

from __future__ import annotations

import itertools

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from adamatlas.figures import style
from adamatlas.readings import names
from adamatlas.selection import history, pick

REQUIRES = ("lr", "n_train", "optimizer", "seed", "steps")
QUANTITIES = ("late_loss", "test_loss")


def draw(cube: xr.Dataset) -> Figure:
    """The end of every curve over n_train, and the way there at the middle n_train."""
    drawing, axes = style.tiles(2, height=3.1)
    sizes = cube["n_train"].values
    middle = sizes[len(sizes) // 2]
    for optimizer in cube["optimizer"].values.tolist():
        number = itertools.count()
        for lr, steps in itertools.product(cube["lr"].values.tolist(), cube["steps"].values.tolist()):
            part = pick(cube, "n_train", optimizer=optimizer, lr=lr, steps=steps)
            if part.sizes["seed"]:
                label = f"{names.name(optimizer)}, lr {lr:g}, {steps:,} steps"
                _curve(axes, part, style.color(optimizer), label, next(number), middle)
    for axis in axes:
        style.logarithmic(axis, "y")
        axis.axhline(1.0, color="black", linewidth=0.6)
        axis.set_ylabel("test loss")
    axes[0].set(xlabel="training examples n", title="At the end (last quarter)")
    axes[1].set(xlabel="step", title=f"On the way, n = {middle}")
    axes[1].ticklabel_format(axis="x", style="sci", scilimits=(0, 0))
    style.legend_below(drawing, axes[0], ncols=2)
    return style.finish(drawing)


def _curve(axes: list[Axes], part: xr.Dataset, color: str, label: str, number: int, middle: int) -> None:
    """One optimizer at one learning rate and budget, over (n_train, seed)."""
    line, marker = style.LINES[number % 4], style.MARKERS[number % 4]
    ends = part["late_loss"].transpose("seed", "n_train")
    style.band(axes[0], ends["n_train"], ends, color, label, linestyle=line, marker=marker, markersize=3)
    course = history(pick(part, n_train=middle), "test_loss")
    if np.isfinite(course).any():
        style.band(axes[1], course["step"], course, color, linestyle=line)
