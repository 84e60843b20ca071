"""The label-noise ODE beside projected paths, and its error over the learning rate."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from adamatlas.claims.li2025._slow_ode import gaps
from adamatlas.figures import style
from adamatlas.selection import pick

FACTORS = {"corrected": ("-", "o", "alpha/4"), "printed": ((0, (3, 1.5)), "s", "alpha/2")}
Level = Callable[[np.ndarray], np.ndarray]


def draw(cube: xr.Dataset, levels: dict[str, tuple[Level, str]], most: int | None = None) -> Figure:
    """A level of the weights over T, one panel an optimizer, and the error over lr.

    `levels` has (level, its name) of each optimizer, where a level maps weights (..., P) to numbers (...); of
    the paths the first `most` seeds are drawn, all by default.
    """
    drawing, (axes,) = style.panels(len(levels) + 1, height=2.8)
    for axis, (optimizer, (level, name)) in zip(axes, levels.items(), strict=False):
        _paths(axis, cube, optimizer, level, most)
        axis.set(xlabel="T = lr² steps", ylabel=name, title=style.NAMES[optimizer])
    error = axes[-1]
    for optimizer in levels:
        for factor, (line, marker, name) in FACTORS.items():
            rates, values = gaps(cube, optimizer, factor)
            label = f"{style.NAMES[optimizer]}, {name}{_order(rates, values)}"
            color = style.OPTIMIZERS[optimizer]
            style.band(error, rates, values, color, label, linestyle=line, marker=marker, markersize=3)
    style.logarithmic(error, "x")
    style.logarithmic(error, "y")
    error.set(xlabel="lr", ylabel="largest distance from the ODE\n/ how far the path gets", title="Error")
    drawing.legend(*error.get_legend_handles_labels(), loc="outside lower center", ncols=2)
    return style.finish(drawing)


def _paths(axis: Axes, cube: xr.Dataset, optimizer: str, level: Level, most: int | None) -> None:
    """Every lr's projected paths, and the ODE of the first seed at the smallest lr."""
    rates = gaps(cube, optimizer, "corrected")[0]
    for lr, color in zip(rates, style.sequence(max(len(rates), 1))[::-1], strict=False):
        part = pick(cube, optimizer=optimizer, lr=lr).isel(seed=slice(most))
        time = part["slow_time"].transpose("seed", "snapshot").values
        path = level(part["projected"].transpose("seed", "snapshot", "parameter").values)
        for seed in range(len(path)):
            label = f"lr {lr:g}" if seed == 0 else ""
            axis.plot(time[seed], path[seed], color=color, linewidth=0.7, alpha=0.8, label=label)
    if len(rates):
        part = pick(cube, optimizer=optimizer, lr=rates[0]).isel(seed=0)
        for factor, (line, _, name) in FACTORS.items():
            path = level(part["ode"].sel(factor=factor).transpose("snapshot", "parameter").values)
            axis.plot(part["slow_time"], path, color="black", linestyle=line, linewidth=1.0, label=name)
    style.legend(axis, loc="best")


def _order(rates: np.ndarray, values: np.ndarray) -> str:
    """The fitted order of the medians, as the legend says it."""
    if not values.size or not np.isfinite(values).any(axis=0).all() or len(rates) < 2:
        return ""
    middle = np.nanmedian(values, axis=0)
    order = np.polyfit(np.log(rates), np.log(middle), 1)[0]
    return f": order {order:.2f}".replace("-", "−")
