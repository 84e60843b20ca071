"""Test loss of the diagonal network over the number of training examples."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from adamatlas.figures import style
from adamatlas.selection import pick

REQUIRES = ("lr", "n_train", "optimizer", "seed", "steps")
QUANTITIES = ("late_loss", "test_loss")
MARKERS = ("o", "s", "^", "D")
LINES = ("-", (0, (3, 1.5)), (0, (1, 1)), (0, (4, 1, 1, 1)))


@dataclass(frozen=True)
class Curve:
    """One optimizer at one learning rate and budget."""

    optimizer: str
    lr: float
    steps: int

    @property
    def label(self) -> str:
        """Its name in the legend."""
        return f"{style.NAMES[self.optimizer]}, lr {self.lr:g}, {self.steps:,} steps"

    def part(self, cube: xr.Dataset) -> xr.Dataset:
        """Its runs."""
        return pick(cube, optimizer=self.optimizer, lr=self.lr, steps=self.steps)


def curves(cube: xr.Dataset) -> list[Curve]:
    """The curves that the cube has runs of."""
    ran = (cube["status"] > 0).any(["seed", "n_train"])
    found = [
        Curve(str(optimizer), float(lr), int(steps))
        for optimizer in cube["optimizer"].values
        for lr in cube["lr"].values
        for steps in cube["steps"].values
    ]
    return [curve for curve in found if ran.sel(optimizer=curve.optimizer, lr=curve.lr, steps=curve.steps)]


def draw(cube: xr.Dataset) -> Figure:
    """The end of every curve over n_train, and the way there at the middle n_train."""
    drawing, (axes,) = style.panels(2, width=7.0, height=3.1)
    places = cube["n_train"].values
    middle = places[len(places) // 2]
    count: dict[str, int] = {}
    for curve in curves(cube):
        place = count.setdefault(curve.optimizer, 0)
        count[curve.optimizer] += 1
        look = {"linestyle": LINES[place % 4], "color": style.OPTIMIZERS[curve.optimizer]}
        _ends(axes[0], curve, cube, look | {"marker": MARKERS[place % 4], "markersize": 3})
        _course(axes[1], curve, cube, middle, look)
    for axis in axes:
        style.logarithmic(axis, "y")
        axis.axhline(1.0, color="black", linewidth=0.6)
        axis.set_ylabel("test loss")
    axes[0].set(xlabel="training examples n", title="At the end (last quarter)")
    axes[1].set(xlabel="step", title=f"On the way, n = {middle}")
    axes[1].ticklabel_format(axis="x", style="sci", scilimits=(0, 0))
    drawing.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=2)
    return style.finish(drawing)


def _ends(axis: Axes, curve: Curve, cube: xr.Dataset, look: dict) -> None:
    loss = curve.part(cube)["late_loss"]
    if "n_train" not in loss.dims:
        loss = loss.expand_dims(n_train=[int(loss["n_train"])])
    values = loss.transpose("seed", "n_train")
    color = look.pop("color")
    style.band(axis, values["n_train"].values, values.values, color, curve.label, **look)


def _course(axis: Axes, curve: Curve, cube: xr.Dataset, n: int, look: dict) -> None:
    part = pick(cube, optimizer=curve.optimizer, lr=curve.lr, steps=curve.steps, n_train=n)
    values = part["test_loss"].transpose("seed", "snapshot").values
    kept = part["step"].values >= 0
    color = look.pop("color")
    if values.size and np.isfinite(values[:, kept]).any():
        style.band(axis, part["step"].values[kept], values[:, kept], color, **look)
