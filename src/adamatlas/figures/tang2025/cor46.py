"""AdamW over weight decays and batch sizes."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from adamatlas.figures import style
from adamatlas.selection import at_end, pick

REQUIRES = ("batch_size", "seed", "weight_decay")
QUANTITIES = ("train_error", "test_error", "train_loss")
TITLES = {"train_error": "training error", "test_error": "test error", "train_loss": "training loss"}


def draw(cube: xr.Dataset) -> Figure:
    """Errors and loss at the end, by batch size: median and range over seeds."""
    drawing, (axes,) = style.panels(3, height=2.8)
    sizes = cube["batch_size"].values.tolist()
    decays = cube["weight_decay"].values
    positive = decays[decays > 0]
    threshold = positive.min() / 2 if positive.size else 1.0
    for size, color in zip(sizes, style.sequence(len(sizes)), strict=True):
        part = pick(cube, batch_size=size)
        for axis, name in zip(axes, TITLES, strict=True):
            values = at_end(part, name).transpose("seed", "weight_decay").values
            style.band(axis, decays, values, color, f"B = {size}", marker="o", markersize=3)
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
    drawing.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=len(sizes))
    return style.finish(drawing)


def _decades(positive: np.ndarray) -> list[float]:
    if not positive.size:
        return []
    powers = np.arange(np.ceil(np.log10(positive.min())), np.floor(np.log10(positive.max())) + 1)
    return (10.0**powers).tolist()
