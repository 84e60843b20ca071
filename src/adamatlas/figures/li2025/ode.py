"""The label-noise ODE beside projected paths on the ellipse, and its error over the learning rate."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from adamatlas.figures import style
from adamatlas.selection import pick

REQUIRES = ("factor", "lr", "optimizer", "seed")
QUANTITIES = ("ode_gap", "ode", "projected", "slow_time")
FACTORS = {"corrected": ("-", "o", "alpha/4"), "printed": ((0, (3, 1.5)), "s", "alpha/2")}
OPTIMIZERS = ("sgd", "adam")


def angle(w: np.ndarray) -> np.ndarray:
    """The angle on the ellipse with half axes 2 and 1 of points (..., 2)."""
    return np.arctan2(w[..., 0] - w[..., 1], (w[..., 0] + w[..., 1]) / 2.0)


def draw(cube: xr.Dataset) -> Figure:
    """The angle over T, one panel an optimizer, and the error over lr."""
    drawing, (axes,) = style.panels(3, height=2.8)
    for axis, optimizer in zip(axes, OPTIMIZERS, strict=False):
        _paths(axis, cube, optimizer)
    for optimizer in OPTIMIZERS:
        for factor, (line, marker, name) in FACTORS.items():
            rates, values = _gaps(cube, optimizer, factor)
            label = f"{style.NAMES[optimizer]}, {name}{_order(rates, values)}"
            color = style.OPTIMIZERS[optimizer]
            style.band(axes[2], rates, values, color, label, linestyle=line, marker=marker, markersize=3)
    style.logarithmic(axes[2], "x")
    style.logarithmic(axes[2], "y")
    axes[2].set(xlabel="lr", ylabel="largest distance from the ODE\n/ how far the path gets", title="Error")
    drawing.legend(*axes[2].get_legend_handles_labels(), loc="outside lower center", ncols=2)
    return style.finish(drawing)


def _paths(axis: Axes, cube: xr.Dataset, optimizer: str) -> None:
    """Every lr's projected paths, all seeds, and the ODE of the first seed at the smallest lr."""
    rates = _rates(cube, optimizer)
    for lr, color in zip(rates, style.sequence(max(len(rates), 1))[::-1], strict=False):
        part = pick(cube, optimizer=optimizer, lr=lr)
        time = part["slow_time"].transpose("seed", "snapshot").values
        path = angle(part["projected"].transpose("seed", "snapshot", "parameter").values)
        for seed in range(len(path)):
            label = f"lr {lr:g}" if seed == 0 else ""
            axis.plot(time[seed], path[seed], color=color, linewidth=0.7, alpha=0.8, label=label)
    if len(rates):
        part = pick(cube, optimizer=optimizer, lr=rates[0]).isel(seed=0)
        for factor, (line, _, name) in FACTORS.items():
            path = angle(part["ode"].sel(factor=factor).transpose("snapshot", "parameter").values)
            axis.plot(part["slow_time"], path, color="black", linestyle=line, linewidth=1.0, label=name)
    axis.set(xlabel="T = lr² steps", ylabel="angle on the ellipse", title=style.NAMES[optimizer])
    style.legend(axis, loc="best")


def _rates(cube: xr.Dataset, optimizer: str) -> list[float]:
    part = cube["status"].sel(optimizer=optimizer) > 0
    return cube["lr"].values[part.any([dim for dim in part.dims if dim != "lr"]).values].tolist()


def _gaps(cube: xr.Dataset, optimizer: str, factor: str) -> tuple[np.ndarray, np.ndarray]:
    rates = _rates(cube, optimizer)
    values = [
        pick(cube, optimizer=optimizer, lr=lr)["ode_gap"].sel(factor=factor).values.ravel() for lr in rates
    ]
    return np.array(rates), np.array(values).T if values else np.empty((0, 0))


def _order(rates: np.ndarray, values: np.ndarray) -> str:
    """The fitted order of the medians, as the legend says it."""
    if not values.size or not np.isfinite(values).any(axis=0).all() or len(rates) < 2:
        return ""
    middle = np.nanmedian(values, axis=0)
    return f": order {np.polyfit(np.log(rates), np.log(middle), 1)[0]:.2f}"
