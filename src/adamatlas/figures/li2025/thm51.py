"""The projected gradient of the implicit regularizer, and the regularizer, along runs on the ellipse."""

import xarray as xr
from matplotlib.figure import Figure

from adamatlas.figures import style
from adamatlas.readings import names
from adamatlas.readings.axes import values
from adamatlas.selection import at_end, pick

REQUIRES = ("eps", "optimizer", "seed", "start_angle")
QUANTITIES = ("regularizer_level", "stationarity")


def draw(cube: xr.Dataset) -> Figure:
    """Both quantities over steps; the regularizer over where it ends, which differs between optimizers."""
    drawing, axes = style.tiles(2, width=6.4, height=2.8)
    for optimizer in names.ordered(cube["optimizer"].values.tolist(), "sgd"):
        rates = values(cube, "eps", optimizer)
        for eps, line in zip(rates, style.LINES * len(rates), strict=False):
            part = pick(cube, "start_angle", optimizer=optimizer, eps=eps)
            part["regularizer_level"] = part["regularizer_level"] / at_end(part, "regularizer_level")
            label = names.name(optimizer) + (f", eps {eps:g}" if len(rates) > 1 else "")
            for axis, quantity in zip(axes, ("stationarity", "regularizer_level"), strict=True):
                look = {"color": style.color(optimizer), "label": label, "linestyle": line}
                style.early(axis, style.course(axis, part, quantity, "step", **look))
    axes[0].set(xlabel="step", ylabel="share along the ellipse", title="Gradient of the regularizer")
    axes[1].set(xlabel="step", ylabel="regularizer / its value at the end", title="Regularizer")
    style.legend_below(drawing, axes[1], ncols=3)
    return style.finish(drawing)
