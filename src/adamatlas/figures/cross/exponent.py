"""tang2025's data under AdamE: errors and features at the end over the exponent."""

from fractions import Fraction

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from adamatlas.figures import style
from adamatlas.readings.cross import batch_name, batch_sizes, over_exponent

REQUIRES = ("batch_size", "label", "v_exponent", "seed", "snapshot")
QUANTITIES = ("feature", "test_error", "train_loss")
LINES = ("-", style.DASHED, ":")
MARKERS = ("o", "s", "^")


def draw(cube: xr.Dataset) -> Figure:
    """Test error, training loss and the lower of the two classes' features over p.

    Median and range over seeds, and a mark for each run.
    """
    drawing, axes = style.tiles(3, height=2.7)
    lowest = cube.assign(feature=cube["feature"].min("label", skipna=False))
    sizes = batch_sizes(cube)[::-1]
    colors = style.sequence(max(len(sizes), 3) + 1)[:0:-1]
    ticks = np.arange(0, max(0.5, cube["v_exponent"].values.max()) + 1e-9, 0.125)
    for quantity, axis in zip(("test_error", "train_loss", "feature"), axes, strict=True):
        for number, size in enumerate(sizes):
            values = over_exponent(lowest, quantity, size)
            p = values["v_exponent"].values
            color, line, marker = colors[number], LINES[number % 3], MARKERS[number % 3]
            if values.shape[1]:
                style.band(axis, p, values.T, color, batch_name(cube, size), linestyle=line, marker=marker)
            axis.plot(p, values, marker, color=color, markersize=2, alpha=0.6, linewidth=0)
        axis.set_xticks(ticks, [str(Fraction(tick)) for tick in ticks])
        axis.set_xlabel("exponent p")
    axes[0].axhline(0.5, color="black", linewidth=0.6)
    axes[0].set(ylabel="test error", title="Test error", ylim=(-0.04, 1.04))
    axes[1].set(ylabel="training loss (nat)", title="Training loss")
    axes[2].axhline(0, color=style.GREY, linewidth=0.6)
    axes[2].set(ylabel="inner product", title="Feature, lower class")
    style.legend_below(drawing, axes[0], ncols=3)
    return style.finish(drawing)
