"""Distance to the unique solution of a convex problem."""

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from adamatlas.figures import style
from adamatlas.readings import names
from adamatlas.readings.zou2023 import between_directions
from adamatlas.selection import history, pick

REQUIRES = ("lr", "optimizer", "seed", "snapshot", "weight_decay")
QUANTITIES = ("distance", "solution")
FLOOR = 1e-10
LINES = ("-", "--", ":", "-.")


def draw(cube: xr.Dataset) -> Figure:
    """Distance over steps, one panel an optimizer; and how far the two directions are apart at the end,
    without decay as well.
    """
    optimizers = names.ordered(cube["optimizer"].values.tolist(), "gd", "adam")
    drawing, (*axes, gaps) = style.tiles(len(optimizers) + 1, height=2.8)
    decays = cube["weight_decay"].values.tolist()
    colors = dict(style.shades(decays))
    for axis, optimizer in zip(axes, optimizers, strict=True):
        if axis is not axes[-1]:
            axis.sharey(axes[-1])
        _distances(axis, pick(cube, "lr", "weight_decay", optimizer=optimizer), colors)
        axis.set(xlabel="step", title=names.name(optimizer))
    style.label_rows(axes, r"$\|w - w^*\| \,/\, \|w^*\|$")
    gap = between_directions(cube).max(["lr_adam", "lr_gd"]).transpose("weight_decay", "seed")
    for place, decay in enumerate(decays):
        values = gap.sel(weight_decay=decay).values if decay in gap["weight_decay"] else []
        style.strip(gaps, place, np.sort(values), colors[decay])
    style.places(gaps, [f"{decay:g}" for decay in decays])
    gaps.set(xlabel="weight decay (colours)", title="Between the two")
    style.logarithmic(gaps, "y")
    gaps.set_ylabel(r"$\|w_{\rm Adam}/|w_{\rm Adam}| - w_{\rm GD}/|w_{\rm GD}|\,\|$")
    return style.finish(drawing)


def _distances(axis: Axes, part: xr.Dataset, colors: dict[float, str]) -> None:
    """One line a learning rate and weight decay."""
    course = history(part, "distance")
    course = course.isel(snapshot=course["step"].values > 0)
    ran = [lr for lr in part["lr"].values if (part["status"].sel(lr=lr) > 0).any()]
    for number, lr in enumerate(ran):
        line = LINES[number % len(LINES)]
        for decay, color in colors.items():
            style.band(axis, course["step"], course.sel(lr=lr, weight_decay=decay), color, linestyle=line)
        style.key(axis, f"lr = {lr:g}", linestyle=line)
    style.logarithmic(axis, "x")
    style.logarithmic(axis, "y")
    axis.set_ylim(bottom=max(axis.get_ylim()[0], FLOOR))
    style.legend(axis, loc="lower left")
