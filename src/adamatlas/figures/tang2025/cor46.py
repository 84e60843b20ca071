"""AdamW over weight decays and batch sizes, and Adam beside it."""

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from adamatlas.figures import style
from adamatlas.readings import names
from adamatlas.selection import at_end, pick

REQUIRES = ("batch_size", "optimizer", "seed", "weight_decay")
QUANTITIES = ("train_error", "test_error", "train_loss")
TITLES = {"train_error": "training error", "test_error": "test error", "train_loss": "training loss"}
LINES = ("-", "--", ":", "-.")


def draw(cube: xr.Dataset) -> Figure:
    """Errors and loss at the end, by batch size: median and range over seeds."""
    drawing, axes = style.tiles(3, height=2.8)
    decays = cube["weight_decay"].values
    positive = decays[decays > 0]
    threshold = positive.min() / 2 if positive.size else 1.0
    for size, color in style.shades(cube["batch_size"]):
        for number, optimizer in enumerate(names.ordered(cube["optimizer"].values.tolist(), "adamw", "adam")):
            part = pick(cube, "seed", "weight_decay", batch_size=size, optimizer=optimizer)
            look = {"marker": style.MARKERS[number % 4], "markersize": 3, "linestyle": LINES[number % 4]}
            for axis, name in zip(axes, TITLES, strict=True):
                values = at_end(part, name).values
                ran = np.isfinite(values).any(axis=0)
                if ran.any():
                    label = f"{names.name(optimizer)}, B = {size}"
                    style.band(axis, decays[ran], values[:, ran], color, label, **look)
    for axis, (name, title) in zip(axes, TITLES.items(), strict=True):
        axis.set_xscale("symlog", linthresh=threshold, linscale=0.5)
        axis.set_xticks([0, *_decades(positive)])
        axis.minorticks_off()
        axis.set(xlabel="weight decay", title=title)
        if name == "train_loss":
            style.logarithmic(axis, "y")
        else:
            axis.set_ylim(-0.03, 1.03)
    axes[0].set_ylabel("at the end of training")
    style.legend_below(drawing, axes[0], ncols=3)
    return style.finish(drawing)


def _decades(positive: np.ndarray) -> list[float]:
    if not positive.size:
        return []
    powers = np.arange(np.ceil(np.log10(positive.min())), np.floor(np.log10(positive.max())) + 1)
    return (10.0**powers).tolist()
