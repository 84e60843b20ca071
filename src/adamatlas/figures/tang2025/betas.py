"""Test error of every seed over pairs of betas."""

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from adamatlas.figures import style
from adamatlas.readings import names
from adamatlas.selection import at_end, runs

REQUIRES = ("beta1", "beta2", "optimizer", "seed")
QUANTITIES = ("test_error",)


def draw(cube: xr.Dataset) -> Figure:
    """One panel an optimizer: the pairs by beta2, the line of chance."""
    optimizers = names.ordered(cube["optimizer"].values.tolist(), "adam", "adamw")
    drawing, axes = style.tiles(len(optimizers), most=2, width=6.5, height=2.8, sharey=True)
    for axis, optimizer in zip(axes, optimizers, strict=True):
        error = at_end(runs(cube, "beta1", "beta2", optimizer=optimizer), "test_error")
        stacked = error.stack(pair=("beta2", "beta1")).dropna("pair", how="all").transpose("pair", "seed")
        for place, seeds in enumerate(stacked.values):
            style.strip(axis, place, np.sort(seeds), style.color(optimizer))
        axis.axhline(0.5, color="black", linewidth=0.6)
        pairs = [f"({beta1:g}, {beta2:g})" for beta2, beta1 in stacked["pair"].values]
        axis.set_xticks(range(len(pairs)), pairs, rotation=45, ha="right")
        axis.grid(axis="x", visible=False)
        axis.set(xlabel=r"$(\beta_1, \beta_2)$", title=names.name(optimizer), ylim=(-0.04, 1.04))
    style.label_rows(axes, "test error")
    return style.finish(drawing)
