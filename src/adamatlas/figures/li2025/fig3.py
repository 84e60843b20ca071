"""Two time scales of runs on the noisy ellipse: the way to it, and the drift along it."""

from itertools import chain, cycle

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from adamatlas.figures import style
from adamatlas.readings import names
from adamatlas.readings.li2025 import ellipse, learning_rates, paths, times

REQUIRES = ("label_noise_scale", "lr", "optimizer", "seed")
QUANTITIES = ("angle", "excess")
WIDTHS = {"sgd": 2.5, "adam": 1.0}


def draw(cube: xr.Dataset) -> Figure:
    """The plane, the distance from the ellipse and the angle on it over steps, and both times over lr.

    Courses are those of the smallest learning rate, with label noise and, dashed, without.
    """
    drawing, (plane, distance, place, lasting) = style.tiles(4, most=2, height=2.6, width=6.4)
    optimizers = names.ordered(cube["optimizer"].values.tolist(), "sgd", "adam")
    shown = [(name, lr) for name in optimizers for lr in learning_rates(cube, name)[:1]]
    on = ellipse(cube)
    plane.plot(*on.point(np.linspace(0, 2 * np.pi, 400)), color="black", linewidth=0.8)
    for name, lr in shown:
        _path(plane, cube, name, lr)
        for axis, quantity in ((distance, "excess"), (place, "angle")):
            _course(axis, cube, name, lr, quantity)
    plane.set(xlabel="x", ylabel="y", title="To the ellipse, then along it")
    plane.set(xlim=(0.0, on.a), ylim=(-0.375 * on.a, 0.875 * on.a))
    plane.set_aspect("equal")
    distance.set(xlabel="step", ylabel="q − 1", title="Distance from the ellipse")
    place.set(xlabel="step", ylabel="angle on the ellipse", title="Place along the ellipse")
    for axis in (distance, place):
        style.early(axis, np.concatenate([[0.0], *(paths(cube, *run)["step"] for run in shown)]))
        axis.axhline(0, color=style.GREY, linewidth=0.6)
    _times(lasting, cube, optimizers)
    style.legend(lasting, loc="best")
    style.legend_below(drawing, distance, ncols=3)
    return style.finish(drawing)


def _path(axis: Axes, cube: xr.Dataset, name: str, lr: float) -> None:
    """The first seed's run: dotted to the ellipse, solid along it."""
    part, arrival = paths(cube, name, lr).isel(seed=slice(1)), times(cube, name)[0, 0]
    path = np.array(ellipse(cube).point(part["angle"].values, part["excess"].values)).reshape(2, -1)
    known = np.flatnonzero(np.isfinite(path).all(axis=0))
    if not known.size:
        return
    early = part["step"].values[known] <= np.nan_to_num(arrival[0], nan=np.inf)
    first, late = known[early], known[~early]
    color, wide = style.color(name), WIDTHS.get(name, 1.5)
    axis.plot(*path[:, first], ".", color=color, linestyle=":", linewidth=wide, markersize=4)
    axis.plot(*path[:, [*first[-1:], *late]], color=color, linewidth=wide)
    axis.plot(*path[:, first[:1]], "o", color="white", markeredgecolor="black", markersize=4, zorder=4)
    axis.plot(*path[:, known[-1:]], "*", color=color, markeredgecolor="black", markersize=8, zorder=4)


def _course(axis: Axes, cube: xr.Dataset, name: str, lr: float, quantity: str) -> None:
    """Over steps, all seeds, at every scale of the label noise: the largest first."""
    lines = chain(["-"], cycle([":", "-."]))
    for scale in sorted(cube["label_noise_scale"].values.tolist(), reverse=True):
        course = paths(cube, name, lr, scale)[quantity]
        if course.sizes["seed"]:
            largest = scale == cube["label_noise_scale"].max()
            noise = "" if largest else f", label noise {scale:g}" if scale else ", no label noise"
            line = next(lines) if scale or largest else style.DASHED
            label = f"{names.name(name)}, lr {lr:g}{noise}"
            style.band(axis, course["step"], course, style.color(name), label, linestyle=line)


def _times(axis: Axes, cube: xr.Dataset, optimizers: list[str]) -> None:
    """Both times over lr, and lines of the orders 1/lr and 1/lr^2 through those at the middle lr."""
    for name in optimizers:
        lr = learning_rates(cube, name)
        look = (("o", "to the ellipse", -1.0), ("s", "along it", -2.0))
        for steps, (marker, what, order) in zip(times(cube, name) if lr.size else (), look, strict=False):
            label = f"{names.name(name)}, {what}"
            style.band(axis, lr, steps.T, style.color(name), label, linestyle="", marker=marker)
            middle = lr.size // 2
            known = steps[middle][np.isfinite(steps[middle])]
            if lr.size > 1 and known.size:
                theory = np.median(known) * (lr / lr[middle]) ** order
                axis.plot(lr, theory, color=style.GREY, linewidth=0.8, linestyle=style.DASHED, zorder=0)
    style.plain(axis, "x", cube["lr"].values)
    axis.set_xticks(cube["lr"].values, [f"{1e3 * lr:g}" for lr in cube["lr"].values])
    style.logarithmic(axis, "y")
    axis.set(xlabel="lr / 10⁻³", ylabel="steps", title="Both times over lr")
