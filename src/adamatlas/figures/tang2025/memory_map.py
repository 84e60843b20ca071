"""Test error over the memory of Adam's second moments and the steps of an epoch."""

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.collections import QuadMesh
from matplotlib.figure import Figure

from adamatlas.figures import style
from adamatlas.readings import names
from adamatlas.selection import at_end, runs

REQUIRES = ("batch_size", "beta2", "n_train", "optimizer", "seed")
QUANTITIES = ("test_error",)
WIDE = 0.05
"""A cell whose seeds lie further apart than this shows their range."""


def draw(cube: xr.Dataset) -> Figure:
    """One map for each optimizer and number of examples; a cell is the median over seeds."""
    parts = {}
    for optimizer in names.ordered(cube["optimizer"].values.tolist(), "adam", "adamw"):
        for n in cube["n_train"].values:
            part = runs(cube, "batch_size", "beta2", optimizer=optimizer, n_train=n)
            if part.sizes["seed"]:
                parts[f"{names.name(optimizer)}, n = {n}"] = (int(n), at_end(part, "test_error"))
    drawing, axes = style.tiles(len(parts), most=2, height=2.0)
    for axis, (title, (n, error)) in zip(axes, parts.items(), strict=True):
        mesh = _map(axis, error, n)
        axis.set_title(title)
        axis.set_xlabel(r"memory of second moments $1/(1-\beta_2)$ in steps")
    style.label_rows(axes, "steps of an epoch n/B")
    style.finish(drawing)
    bar = drawing.colorbar(mesh, ax=axes, orientation="horizontal", shrink=0.4, aspect=30)
    bar.ax.set_title("test error, median over seeds", loc="left")
    return drawing


def _map(axis: Axes, error: xr.DataArray, n: int) -> QuadMesh:
    """The cells of one map with their numbers; smaller batches are above."""
    ran = np.isfinite(error).any("seed")
    rows = np.flatnonzero(ran.any("beta2"))[::-1]
    error = error.isel(batch_size=rows, beta2=np.flatnonzero(ran.any("batch_size")))
    error = error.transpose("batch_size", "beta2", "seed")
    middle = np.ma.masked_invalid(error.median("seed").values)
    mesh = axis.pcolormesh(middle, vmin=0, vmax=1, cmap="cividis", edgecolor="white", linewidth=0.8)
    axis.set_facecolor("0.9")
    axis.grid(visible=False)
    axis.tick_params(length=0)
    memory, epoch = 1 / (1 - error["beta2"].values), n / error["batch_size"].values
    axis.set_xticks(np.arange(memory.size) + 0.5, [f"{value:.0f}" for value in memory])
    axis.set_yticks(np.arange(epoch.size) + 0.5, [f"{value:g}" for value in epoch])
    for row, column in zip(*np.nonzero(~np.ma.getmaskarray(middle)), strict=True):
        _number(axis, column + 0.5, row + 0.5, error.values[row, column])
    return mesh


def _number(axis: Axes, x: float, y: float, seeds: np.ndarray) -> None:
    """The median of a cell, and the range of its seeds where that is wide."""
    known = seeds[np.isfinite(seeds)]
    text = f"{np.median(known):.2f}"
    if np.ptp(known) > WIDE:
        text += f"\n{known.min():.2f} to {known.max():.2f}"
    look = {"color": "white" if np.median(known) < 0.5 else "black", "fontsize": 6}
    axis.text(x, y, text, ha="center", va="center", **look)
