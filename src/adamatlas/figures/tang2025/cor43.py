"""Adam's critical weight decay against the size of the initialization."""

from itertools import cycle

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from adamatlas.figures import style
from adamatlas.selection import pick

REQUIRES = ("batch_size", "q", "seed", "sigma_0", "weight_decay")
QUANTITIES = ("critical_weight_decay", "critical_scaled", "lowest_feature")
SHOWS = {"weight_decay": "above 0"}


def draw(cube: xr.Dataset) -> Figure:
    """The scaling with its fitted exponents, the constant, and what becomes of the feature."""
    drawing, axes = style.tiles(3, height=3.0)
    cube = pick(cube, "q", "batch_size", "sigma_0", "seed", "weight_decay")
    critical = cube[["critical_weight_decay", "critical_scaled"]].max("weight_decay")
    for power in cube["q"].values.tolist():
        for size, marker in zip(cube["batch_size"].values.tolist(), cycle("os^v"), strict=False):
            full = size == cube["batch_size"].values.max() and size > 2
            batch = "full batch" if full else f"B = {size}"
            _family(axes, critical.sel(q=power, batch_size=size), power, marker, batch)
    axes[0].set(ylabel="critical weight decay", title="Scaling")
    style.logarithmic(axes[0], "y")
    axes[1].set(ylim=(0, 1.6), title="Constant")
    axes[1].set_ylabel(r"critical / $(q/4)\,z_0^{\,q-2}$")
    axes[1].axhline(1, color=style.GREY, linewidth=0.7)
    for axis in axes[:2]:
        style.plain(axis, "x", cube["sigma_0"].values)
        axis.set_xlabel(r"initialization $\sigma_0$")
    _fate(axes[2], cube)
    style.legend_below(drawing, axes[0], ncols=2)
    return style.finish(drawing)


def _color(power: int) -> str:
    return style.COLORS[(power - 3) % len(style.COLORS)]


def _family(axes: list[Axes], family: xr.Dataset, power: int, marker: str, batch: str) -> None:
    """One q and batch size, (sigma_0, seed)."""
    color = _color(power)
    sigma = np.repeat(family["sigma_0"].values, family.sizes["seed"])
    found = family["critical_weight_decay"].values.ravel()
    known = np.isfinite(found) & (found > 0)
    if not known.any():
        return
    marks = {"marker": marker, "s": 16, "edgecolors": color, "linewidths": 0.8, "zorder": 3}
    marks["facecolors"] = "none" if batch == "full batch" else color
    label = f"q = {power}, {batch}"
    if len(np.unique(sigma[known])) > 1:
        fit = np.polyfit(np.log(sigma[known]), np.log(found[known]), 1)
        label += f": slope {fit[0]:.2f}"
        ends = np.array([sigma[known].min(), sigma[known].max()])
        axes[0].plot(ends, np.exp(np.polyval(fit, np.log(ends))), color=color, linewidth=0.8)
    axes[0].scatter(sigma[known], found[known], label=label, **marks)
    axes[1].scatter(sigma[known], family["critical_scaled"].values.ravel()[known], **marks)


def _fate(axis: Axes, cube: xr.Dataset) -> None:
    """The weaker feature at the end over its start, against the weight decay over the critical one."""
    ratio = (cube["weight_decay"] / cube["critical_weight_decay"]).transpose(*cube["lowest_feature"].dims)
    ratio = ratio.where(np.isfinite(cube["lowest_feature"]) & (ratio > 0))
    for power in cube["q"].values.tolist():
        look = {"s": 5, "color": _color(power), "alpha": 0.5, "linewidths": 0}
        lowest = np.maximum(cube["lowest_feature"].sel(q=power).values, -1)
        axis.scatter(ratio.sel(q=power).values, lowest, **look)
    style.plain(axis, "x", ratio.values.ravel())
    axis.set_yscale("symlog", linthresh=1, linscale=1)
    axis.set_yticks([-1, 0, 1, 10], ["−1", "0", "1", "10"])
    axis.minorticks_off()
    axis.axhline(1, color=style.GREY, linewidth=0.7)
    axis.axvline(1, color=style.GREY, linewidth=0.7)
    axis.set(xlabel="weight decay / critical", title="Weaker feature")
    axis.set_ylabel("feature at the end / at the start")
