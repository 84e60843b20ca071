"""Test loss of the diagonal network over the number of training examples."""

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from adamatlas.figures import style
from adamatlas.readings import names
from adamatlas.readings.li2025 import trials
from adamatlas.selection import pick

REQUIRES = ("beta2", "lr", "n_train", "optimizer", "seed", "steps")
QUANTITIES = ("late_loss", "test_loss")


def draw(cube: xr.Dataset) -> Figure:
    """The end of every curve over n_train, and the way there at the middle n_train."""
    drawing, (ends, way) = style.tiles(2, height=3.1)
    middle = cube["n_train"].values[cube.sizes["n_train"] // 2]
    for optimizer in cube["optimizer"].values.tolist():
        for number, trial in enumerate(trials(cube, optimizer)):
            color, line = style.color(optimizer), style.LINES[number % 4]
            marks = {"linestyle": line, "marker": style.MARKERS[number % 4], "markersize": 3}
            label = f"{names.name(optimizer)}, {trial.name}"
            style.band(ends, trial.part["n_train"], trial.late, color, label, **marks)
            at_middle = pick(trial.part, n_train=middle)
            if np.isfinite(at_middle["test_loss"]).any():
                style.course(way, at_middle, "test_loss", "step", color, linestyle=line)
    for axis in (ends, way):
        style.logarithmic(axis, "y")
        axis.axhline(1.0, color="black", linewidth=0.6)
        axis.set_ylabel("test loss")
    ends.set(xlabel="training examples n", title="At the end (last quarter)")
    way.set(xlabel="step", title=f"On the way, n = {middle}")
    way.ticklabel_format(axis="x", style="sci", scilimits=(0, 0))
    style.legend_below(drawing, ends, ncols=2)
    return style.finish(drawing)
