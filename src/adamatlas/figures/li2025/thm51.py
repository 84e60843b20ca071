"""The projected gradient of the implicit regularizer, and the regularizer, along runs on the ellipse."""

import xarray as xr
from matplotlib.figure import Figure

from adamatlas.figures import style
from adamatlas.readings import names
from adamatlas.readings.li2025 import ellipse
from adamatlas.selection import pick

REQUIRES = ("optimizer", "seed", "start_angle")
QUANTITIES = ("regularizer_level", "stationarity")
REGULARIZERS = {"sgd": r", $\mathrm{tr}(H)$", "adam": r", $\mathrm{tr}(\mathrm{Diag}(H)^{1/2})$"}


def draw(cube: xr.Dataset) -> Figure:
    """Both quantities over steps; dashed, the smallest regularizer on the ellipse."""
    drawing, axes = style.tiles(2, width=6.2, height=2.8)
    lowest = ellipse(cube).lowest
    for optimizer in names.ordered(cube["optimizer"].values.tolist(), *REGULARIZERS):
        part = pick(cube, "start_angle", optimizer=optimizer)
        label, color = names.name(optimizer) + REGULARIZERS.get(optimizer, ""), style.color(optimizer)
        for axis, quantity in zip(axes, ("stationarity", "regularizer_level"), strict=True):
            style.early(axis, style.course(axis, part, quantity, "step", color, label))
        if optimizer in lowest:
            axes[1].axhline(lowest[optimizer], color=color, linestyle=style.DASHED, linewidth=0.8)
    axes[0].set(xlabel="step", ylabel="share along the ellipse", title="Gradient of the regularizer")
    axes[1].set(xlabel="step", ylabel="regularizer", title="Regularizer on the ellipse")
    style.legend_below(drawing, axes[1], ncols=2)
    return style.finish(drawing)
