"""Where SGD and Adam drift on the noisy ellipse."""

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from adamatlas.figures import style
from adamatlas.readings import names
from adamatlas.readings.li2025 import ellipse
from adamatlas.selection import pick
from adamatlas.theory.ellipse import Ellipse

REQUIRES = ("exponent", "optimizer", "seed", "start_angle")
QUANTITIES = ("angle", "excess", "trace_power")
TITLES = {1.0: r"$\mathrm{tr}(H)$", 0.5: r"$\mathrm{tr}(\mathrm{Diag}(H)^{1/2})$"}


def draw(cube: xr.Dataset) -> Figure:
    """The paths over the loss, one panel an optimizer, and both sharpness measures over steps."""
    optimizers = cube["optimizer"].values.tolist()
    drawing, axes = style.tiles(len(optimizers) + 2, most=2, height=2.7, width=6.2)
    for axis, optimizer in zip(axes, optimizers, strict=False):
        _paths(axis, pick(cube, "start_angle", optimizer=optimizer), ellipse(cube), optimizer)
    for axis, (exponent, title) in zip(axes[-2:], TITLES.items(), strict=True):
        for optimizer in optimizers:
            part = pick(cube, "start_angle", optimizer=optimizer, exponent=exponent)
            look = {"color": style.color(optimizer), "label": names.name(optimizer)}
            style.early(axis, style.course(axis, part, "trace_power", "step", **look))
        axis.set(xlabel="step", ylabel=title, title=f"{title} on the way")
        style.legend(axis, loc="best")
    return style.finish(drawing)


def _paths(axis: Axes, part: xr.Dataset, on: Ellipse, optimizer: str) -> None:
    """The first seed's run of each start: all seeds end at one place."""
    reach = 1.05 * max(on.a, on.b)
    grid = np.linspace(-reach, reach, 201)
    x, y = np.meshgrid(grid, grid)
    q = (x + y) ** 2 / (2 * on.a**2) + (x - y) ** 2 / (2 * on.b**2)
    axis.contourf(x, y, np.log10(0.5 * (q - 1) ** 2 + 1e-3), levels=12, cmap="Greys", alpha=0.35)
    axis.plot(*on.point(np.linspace(0, 2 * np.pi, 400)), color="black", linewidth=0.8)
    color = style.color(optimizer)
    for start in range(part.sizes["start_angle"] if part.sizes["seed"] else 0):
        first = part.isel(start_angle=start, seed=0)
        path = np.array(on.point(first["angle"].values, first["excess"].values))
        path = path[:, np.isfinite(path).all(axis=0)]
        if path.size:
            axis.plot(*path, color=color, linewidth=0.9, alpha=0.7)
            axis.plot(*path[:, 0], "o", color="white", markeredgecolor="black", markersize=4)
            axis.plot(*path[:, -1], "*", color=color, markeredgecolor="black", markersize=8)
    axis.set(xlabel="x", ylabel="y", title=f"{names.name(optimizer)}: start (circle), end (star)")
    axis.set_aspect("equal")
    axis.grid(visible=False)
