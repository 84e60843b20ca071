"""Sharpness and errors of the matrix factorization, SGD beside Adam."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from adamatlas.figures import style
from adamatlas.selection import late_values, pick

REQUIRES = ("n_train", "optimizer", "rank", "seed")
QUANTITIES = ("test_loss", "trace_h", "trace_sqrt_h", "train_loss")
TITLES = {
    "trace_h": r"$\mathrm{tr}(H)$",
    "trace_sqrt_h": r"$\mathrm{tr}(\mathrm{Diag}(H)^{1/2})$",
    "test_loss": "test error",
}
OPTIMIZERS = ("sgd", "adam")


def draw(cube: xr.Dataset) -> Figure:
    """Above, the course at the middle rank and n; below, the ends at every rank and n, Adam over SGD."""
    drawing, axes = style.panels(3, rows=2, height=2.4)
    rank = cube["rank"].values[len(cube["rank"]) // 2]
    n = cube["n_train"].values[len(cube["n_train"]) // 2]
    for axis, (name, title) in zip(axes[0], TITLES.items(), strict=True):
        for optimizer in OPTIMIZERS:
            _course(axis, pick(cube, optimizer=optimizer, rank=rank, n_train=n), name, optimizer)
        axis.set(xlabel="step", title=f"{title}, r = {rank}, n = {n}")
        style.logarithmic(axis, "y")
    style.legend(axes[0, 0], loc="best")
    for axis, (name, title) in zip(axes[1], TITLES.items(), strict=True):
        _ends(axis, cube, name)
        axis.set(xlabel="measurements n", title=f"{title}, Adam over SGD")
    style.legend(axes[1, 0], loc="best")
    return style.finish(drawing)


def _course(axis: Axes, part: xr.Dataset, name: str, optimizer: str) -> None:
    kept = part["step"].values >= 0
    step, color = part["step"].values[kept], style.OPTIMIZERS[optimizer]
    values = part[name].transpose("seed", "snapshot").values[:, kept]
    style.band(axis, step, values, color, style.NAMES[optimizer])
    if name == "test_loss":
        train = part["train_loss"].transpose("seed", "snapshot").values[:, kept]
        style.band(axis, step, train, color, linestyle=(0, (3, 1.5)))
    axis.ticklabel_format(axis="x", style="sci", scilimits=(0, 0))


def _ends(axis: Axes, cube: xr.Dataset, name: str) -> None:
    ranks, sizes = cube["rank"].values, cube["n_train"].values
    for k, (rank, color) in enumerate(zip(ranks, style.sequence(len(ranks)), strict=True)):
        for place, n in enumerate(sizes):
            adam, sgd = (
                late_values(cube, name, optimizer=optimizer, rank=rank, n_train=n)
                for optimizer in ("adam", "sgd")
            )
            ratio = adam / sgd if adam.size == sgd.size else np.array([np.nan])
            side = (k - (len(ranks) - 1) / 2) * 0.3
            style.strip(axis, place + side, ratio, color, width=0.1)
        axis.scatter([], [], color=color, s=16, label=f"r = {rank}")
    axis.axhline(1.0, color="black", linewidth=0.6)
    axis.set_xticks(range(len(sizes)), [f"{n}" for n in sizes])
    axis.grid(axis="x", visible=False)
