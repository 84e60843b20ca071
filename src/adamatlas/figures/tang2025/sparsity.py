"""Test error over the sparsity of the noise."""

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from adamatlas.figures import style
from adamatlas.figures.panels import batch_sizes, flip_colors, flip_keys
from adamatlas.readings import names
from adamatlas.selection import at_end, constant, flips, pick

REQUIRES = ("batch_size", "optimizer", "s", "seed")
QUANTITIES = ("test_error", "feature_margin")


def draw(cube: xr.Dataset) -> Figure:
    """One panel an optimizer: every seed by the number of flipped classes, batch sizes beside each other."""
    optimizers = cube["optimizer"].values.tolist()
    drawing, axes = style.tiles(len(optimizers), width=6.5, height=2.8, sharey=True)
    cells = batch_sizes(cube)
    for axis, optimizer in zip(axes, optimizers, strict=True):
        for number, (title, point) in enumerate(cells):
            side = np.linspace(-0.12, 0.3, len(cells))[number]
            marks = {"marker": style.MARKERS[number % 4], "width": 0.3 / max(len(cells), 2)}
            middle = [
                _strip(axis, place + side, pick(cube, optimizer=optimizer, s=s, **point), marks)
                for place, s in enumerate(cube["s"].values)
            ]
            line = {"color": style.GREY, "linestyle": style.LINES[number % 4], "linewidth": 1}
            axis.plot(range(len(middle)), middle, label=f"median, {title}", **line)
        axis.axhline(0.5, color="black", linewidth=0.6)
        axis.set_xticks(range(len(middle)), cube["s"].values)
        axis.grid(axis="x", visible=False)
        coordinates = constant(cube, "d", 1000) - 1
        axis.set(xlabel=f"noise coordinates s (of {coordinates})", title=names.name(optimizer))
        axis.set_ylim(-0.04, 1.04)
    style.label_rows(axes, "test error")
    flip_keys(axes[-1])
    style.legend_below(drawing, axes[-1], ncols=5, columnspacing=1.2)
    return style.finish(drawing)


def _strip(axis: Axes, place: float, part: xr.Dataset, marks: dict) -> float:
    """The test errors of a cell, and their median."""
    error, flipped = at_end(part, "test_error").values, flips(part)
    order = np.argsort(error)
    style.strip(axis, place, error[order], flip_colors(flipped[order]), **marks)
    return np.nanmedian(error) if np.isfinite(error).any() else np.nan
