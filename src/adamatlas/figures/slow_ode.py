"""The label-noise ODE beside projected paths, and its error over the learning rate."""

from collections.abc import Callable

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from adamatlas.figures import style
from adamatlas.readings import names
from adamatlas.readings.li2025 import gaps
from adamatlas.selection import pick

FACTORS = {"corrected": ("-", "o", "alpha/4"), "printed": (style.DASHED, "s", "alpha/2")}
Level = tuple[Callable[[np.ndarray], np.ndarray], str]


def draw(cube: xr.Dataset, levels: dict[str, Level], most: int | None = None) -> Figure:
    """A level of the weights over T, one panel an optimizer, and the error over lr.

    `levels` has (level, its name) of each optimizer, the last one for others; a level maps weights (..., P)
    to numbers (...). Of the paths the first `most` seeds are drawn, all by default.
    """
    optimizers = names.ordered(cube["optimizer"].values.tolist(), *levels)
    drawing, (*axes, error) = style.tiles(len(optimizers) + 1, height=2.8)
    for axis, optimizer in zip(axes, optimizers, strict=True):
        level, name = levels.get(optimizer, [*levels.values()][-1])
        _paths(axis, cube, optimizer, level, most)
        axis.set(xlabel="T = lr² steps", ylabel=name, title=names.name(optimizer))
        for factor, (line, marker, name) in FACTORS.items():
            rates, values = gaps(cube, optimizer, factor)
            label = f"{names.name(optimizer)}, {name}{_order(rates, values)}"
            look = {"linestyle": line, "marker": marker, "markersize": 3}
            style.band(error, rates, values, style.color(optimizer), label, **look)
    style.logarithmic(error, "x")
    style.logarithmic(error, "y")
    error.set(xlabel="lr", ylabel="largest distance from the ODE\n/ how far the path gets", title="Error")
    style.legend_below(drawing, error, ncols=2)
    return style.finish(drawing)


def _paths(axis: Axes, cube: xr.Dataset, optimizer: str, level: Callable, most: int | None) -> None:
    """Every lr's projected paths, and the ODE of the first seed at the smallest lr."""
    rates = gaps(cube, optimizer, "corrected")[0]
    for lr, (_, color) in zip(rates, style.shades(rates)[::-1], strict=True):
        part = pick(cube, "seed", "snapshot", optimizer=optimizer, lr=lr).isel(seed=slice(most))
        paths = level(part["projected"].values)
        for seed, (time, path) in enumerate(zip(part["slow_time"].values, paths, strict=True)):
            label = f"lr {lr:g}" if seed == 0 else ""
            axis.plot(time, path, color=color, linewidth=0.7, alpha=0.8, label=label)
    if len(rates):
        part = pick(cube, "snapshot", optimizer=optimizer, lr=rates[0]).isel(seed=0)
        for factor, (line, _, name) in FACTORS.items():
            path = level(part["ode"].sel(factor=factor).values)
            axis.plot(part["slow_time"], path, color="black", linestyle=line, linewidth=1.0, label=name)
    style.legend(axis, loc="best")


def _order(rates: np.ndarray, values: np.ndarray) -> str:
    """The fitted order of the medians, as the legend says it."""
    if not values.size or not np.isfinite(values).any(axis=0).all() or len(rates) < 2:
        return ""
    middle = np.nanmedian(values, axis=0)
    order = np.polyfit(np.log(rates), np.log(middle), 1)[0]
    return f": order {order:.2f}".replace("-", "−")
