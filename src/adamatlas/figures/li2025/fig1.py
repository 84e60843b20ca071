"""Where SGD and Adam drift on the noisy ellipse."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from adamatlas.figures import style
from adamatlas.selection import pick

REQUIRES = ("exponent", "optimizer", "seed", "start_angle")
QUANTITIES = ("angle", "excess", "trace_power")
HALF_AXES = (2.0, 1.0)


def point(angle: np.ndarray, excess: np.ndarray | float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """(x, y) at an angle on the ellipse, moved outwards to q = 1 + excess."""
    scale = np.sqrt(1.0 + excess) / np.sqrt(2)
    along, across = scale * HALF_AXES[0] * np.cos(angle), scale * HALF_AXES[1] * np.sin(angle)
    return along + across, along - across


def draw(cube: xr.Dataset) -> Figure:
    """The paths over the loss, one panel an optimizer, and both sharpness measures over steps."""
    optimizers = cube["optimizer"].values.tolist()
    drawing, axes = style.panels(2, rows=2, height=2.7, width=6.2)
    for axis, optimizer in zip(axes[0], optimizers, strict=False):
        _paths(axis, pick(cube, optimizer=optimizer), optimizer)
    for axis in axes[0][len(optimizers) :]:
        axis.set_visible(False)
    titles = {1.0: r"$\mathrm{tr}(H)$", 0.5: r"$\mathrm{tr}(\mathrm{Diag}(H)^{1/2})$"}
    for axis, (exponent, title) in zip(axes[1], titles.items(), strict=True):
        for optimizer in optimizers:
            _course(axis, pick(cube, optimizer=optimizer), exponent, optimizer)
        axis.set(xlabel="step", ylabel=title, title=f"{title} on the way")
        style.legend(axis, loc="best")
    return style.finish(drawing)


def _paths(axis: Axes, part: xr.Dataset, optimizer: str) -> None:
    grid = np.linspace(-2.1, 2.1, 201)
    x, y = np.meshgrid(grid, grid)
    q = (x + y) ** 2 / (2 * HALF_AXES[0] ** 2) + (x - y) ** 2 / (2 * HALF_AXES[1] ** 2)
    axis.contourf(x, y, np.log10(0.5 * (q - 1) ** 2 + 1e-3), levels=12, cmap="Greys", alpha=0.35)
    axis.plot(*point(np.linspace(0, 2 * np.pi, 400)), color="black", linewidth=0.8)
    for run in _runs(part):
        path = np.array(point(run["angle"].values, run["excess"].values))
        path = path[:, np.isfinite(path).all(axis=0)]
        if not path.size:
            continue
        axis.plot(*path, color=style.OPTIMIZERS[optimizer], linewidth=0.9, alpha=0.7)
        axis.plot(*path[:, 0], "o", color="white", markeredgecolor="black", markersize=4)
        axis.plot(*path[:, -1], "*", color=style.OPTIMIZERS[optimizer], markeredgecolor="black", markersize=8)
    axis.set(xlabel="x", ylabel="y", title=f"{style.NAMES[optimizer]}: start (circle), end (star)")
    axis.set_aspect("equal")
    axis.grid(visible=False)


def _course(axis: Axes, part: xr.Dataset, exponent: float, optimizer: str) -> None:
    trace = part["trace_power"].sel(exponent=exponent)
    values = trace.stack(run=[dim for dim in trace.dims if dim != "snapshot"]).transpose("run", "snapshot")
    step = part["step"].values
    kept = step >= 0
    style.band(axis, step[kept], values.values[:, kept], style.OPTIMIZERS[optimizer], style.NAMES[optimizer])
    style.early(axis, step[kept])


def _runs(part: xr.Dataset) -> list[xr.Dataset]:
    """The first seed's run of each start: all seeds end at one place."""
    first = part.isel(seed=slice(0, 1))
    stacked = first.stack(run=list(first["status"].dims))
    return [stacked.isel(run=k) for k in range(stacked.sizes["run"])]
