"""Two time scales of runs on the noisy ellipse: the way to it, and the drift along it."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from adamatlas.claims.li2025.fig3 import courses, rates, times
from adamatlas.figures import style
from adamatlas.figures.li2025.fig1 import point

REQUIRES = ("label_noise_scale", "lr", "optimizer", "seed")
QUANTITIES = ("angle", "excess")
DASHED = (0, (3, 1.5))


def draw(cube: xr.Dataset) -> Figure:
    """The plane, the distance from the ellipse and the angle on it over steps, and both times over lr."""
    drawing, axes = style.panels(2, rows=2, height=2.6, width=6.4)
    shown = [(name, lr) for name in ("sgd", "adam") for lr in rates(cube, name)[:1]]
    axes[0, 0].plot(*point(np.linspace(0, 2 * np.pi, 400)), color="black", linewidth=0.8)
    for name, lr in shown:
        _path(axes[0, 0], cube, name, lr)
        for axis, number in ((axes[0, 1], 2), (axes[1, 0], 1)):
            _course(axis, cube, name, lr, number)
    axes[0, 0].set(xlabel="x", ylabel="y", title="To the ellipse, then along it")
    axes[0, 0].set(xlim=(0.0, 2.0), ylim=(-0.75, 1.75))
    axes[0, 0].set_aspect("equal")
    axes[0, 1].set(xlabel="step", ylabel="q − 1", title="Distance from the ellipse")
    axes[1, 0].set(xlabel="step", ylabel="angle on the ellipse", title="Place along the ellipse")
    for axis in (axes[0, 1], axes[1, 0]):
        style.early(axis, np.concatenate([[0.0], *(courses(cube, *run, noisy=True)[0] for run in shown)]))
        axis.axhline(0, color=style.GREY, linewidth=0.6)
    _times(axes[1, 1], cube)
    style.legend(axes[1, 1], loc="best")
    drawing.legend(*axes[0, 1].get_legend_handles_labels(), loc="outside lower center", ncols=3)
    return style.finish(drawing)


def _path(axis: Axes, cube: xr.Dataset, name: str, lr: float) -> None:
    """The first seed's run: dotted to the ellipse, solid along it."""
    step, angle, excess = courses(cube, name, lr, noisy=True)
    arrival = times(cube, name)[0, 0]
    for seed in range(min(1, len(angle))):
        path = np.array(point(angle[seed], excess[seed]))
        known = np.isfinite(path).all(axis=0)
        if not known.any():
            continue
        early = step <= np.nan_to_num(arrival[seed], nan=np.inf)
        late = np.flatnonzero(known & ~early)
        first = np.flatnonzero(known & early)
        color, wide = style.OPTIMIZERS[name], {"sgd": 2.5, "adam": 1.0}[name]
        axis.plot(*path[:, first], ".", color=color, linestyle=":", linewidth=wide, markersize=4)
        axis.plot(*path[:, np.union1d(first[-1:], late).astype(int)], color=color, linewidth=wide)
        axis.plot(*path[:, first[:1]], "o", color="white", markeredgecolor="black", markersize=4, zorder=4)
        last = np.flatnonzero(known)[-1:]
        axis.plot(*path[:, last], "*", color=color, markeredgecolor="black", markersize=8, zorder=4)


def _course(axis: Axes, cube: xr.Dataset, name: str, lr: float, number: int) -> None:
    """Over steps, all seeds: with label noise, and dashed, without."""
    color = style.OPTIMIZERS[name]
    for noisy, line, label in ((True, "-", ""), (False, DASHED, ", no label noise")):
        found = courses(cube, name, lr, noisy)
        if not len(found[1]):
            continue
        style.band(
            axis, found[0], found[number], color, f"{style.NAMES[name]}, lr {lr:g}{label}", linestyle=line
        )


def _times(axis: Axes, cube: xr.Dataset) -> None:
    """Both times over lr, and lines of the orders 1/lr and 1/lr^2 through SGD's at the middle lr."""
    for name in ("sgd", "adam"):
        lr, found = rates(cube, name), times(cube, name)
        if not lr.size:
            continue
        parts = ((0, "o", "to the ellipse"), (1, "s", "along it"))
        for number, marker, what in parts:
            label, color = f"{style.NAMES[name]}, {what}", style.OPTIMIZERS[name]
            style.band(axis, lr, found[number].T, color, label, linestyle="", marker=marker)
            middle = np.nanmedian(found[number][lr.size // 2]) if _known(found[number], lr) else np.nan
            if np.isfinite(middle):
                theory = middle * (lr / lr[lr.size // 2]) ** (-1.0 - number)
                axis.plot(lr, theory, color=style.GREY, linewidth=0.8, linestyle=DASHED, zorder=0)
    style.plain(axis, "x", cube["lr"].values)
    axis.set_xticks(cube["lr"].values, [f"{1e3 * lr:g}" for lr in cube["lr"].values])
    style.logarithmic(axis, "y")
    axis.set(xlabel="lr / 10⁻³", ylabel="steps", title="Both times over lr")


def _known(steps: np.ndarray, lr: np.ndarray) -> bool:
    return lr.size > 1 and bool(np.isfinite(steps[lr.size // 2]).any())
