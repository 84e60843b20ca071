"""Large batches over weight decay: where the noise is forgotten and the feature is not."""

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from adamatlas.figures import style
from adamatlas.readings import names
from adamatlas.readings.tang2025 import thresholds
from adamatlas.selection import at_end, runs

REQUIRES = ("optimizer", "seed", "weight_decay")
QUANTITIES = ("test_error", "train_error")


def draw(cube: xr.Dataset) -> Figure:
    """Test error and training error at the end, median and range, one line an optimizer; the thresholds."""
    drawing, axes = style.tiles(2, width=6.0, height=2.7, sharey=True)
    for axis, quantity, title in zip(axes, QUANTITIES, ("test error", "training error"), strict=True):
        for number, optimizer in enumerate(names.ordered(cube["optimizer"].values.tolist(), "adam", "adamw")):
            error = at_end(runs(cube, "seed", "weight_decay", optimizer=optimizer), quantity).values
            ran = np.isfinite(error).any(axis=0)
            look = {"marker": style.MARKERS[number % 4], "markersize": 3}
            if ran.any():
                decay = cube["weight_decay"].values[ran]
                style.band(axis, decay, error[:, ran], style.color(optimizer), names.name(optimizer), **look)
        for threshold in thresholds(cube):
            axis.axvline(threshold, color=style.GREY, linewidth=0.8, linestyle=":")
        axis.axhline(0.5, color="black", linewidth=0.6)
        style.logarithmic(axis, "x")
        axis.set(xlabel="weight decay", title=title, ylim=(-0.04, 1.04))
    style.label_rows(axes, "error")
    style.legend_below(drawing, axes[0], ncols=2)
    return style.finish(drawing)
