"""Panels of the patch CNN: courses of feature and noise, errors by seed with their features, error courses.

A cell is (title, point): the runs of a panel or a strip. By default there is one for each batch size.
"""

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from adamatlas.figures import style
from adamatlas.selection import at_end, flips, history, pick

Cell = tuple[str, dict[str, object]]
MODES = (0.0, 0.47, 0.965)
"""The modes of Adam's test error: no class, one, or both flipped."""


def batch_sizes(cube: xr.Dataset, who: str = "") -> list[Cell]:
    """A cell for each batch size, the largest first."""
    return [
        (f"{who}B = {size}", {"batch_size": size})
        for size in sorted(cube["batch_size"].values.tolist(), reverse=True)
    ]


def courses(cube: xr.Dataset, over: str, who: str = "", cells: list[Cell] | None = None) -> Figure:
    """Feature learning of each seed and noise memorization (median and range), one panel a cell."""
    cells = cells or batch_sizes(cube, who)
    drawing, axes = style.tiles(len(cells), height=2.9)
    for axis, (title, point) in zip(axes, cells, strict=True):
        _course(axis, pick(cube, **point), over)
        axis.set_title(title)
    style.label_rows(axes, "inner product")
    for label, sign in ((1, "+1"), (-1, "−1")):
        style.key(axes[0], f"feature, class {sign}", color=style.FEATURE, linestyle=style.LABEL_LINES[label])
    style.key(axes[0], "noise, max over i", color=style.NOISE)
    style.key(axes[0], "noise, min over i", color=style.NOISE, linestyle=":")
    style.legend_below(drawing, axes[0], ncols=4)
    return style.finish(drawing)


def _course(axis: Axes, part: xr.Dataset, over: str) -> None:
    feature = history(part, "feature")
    for label, line in style.LABEL_LINES.items():
        style.each(axis, feature[over], feature.sel(label=label), style.FEATURE, linestyle=line)
    style.course(axis, part, "noise_min", over, style.NOISE, linestyle=":")
    style.course(axis, part, "noise_max", over, style.NOISE)
    axis.axhline(0, color=style.GREY, linewidth=0.6)
    style.early(axis, feature[over])
    axis.set_xlabel(over)


def errors(
    cube: xr.Dataset, reported: dict[str, float], modes: bool = False, cells: list[Cell] | None = None
) -> Figure:
    """Test error of every seed beside the features at the end; `reported` has the paper's values by title."""
    cells = cells or batch_sizes(cube)
    drawing, (left, right) = style.tiles(2, height=2.9, width=6.0)
    for place, (title, point) in enumerate(cells):
        part = pick(cube, **point)
        error, flipped = at_end(part, "test_error").values, flips(part)
        order = np.argsort(error)
        colors = flip_colors(flipped[order])
        style.strip(left, place, error[order], colors)
        if title in reported:
            left.scatter([place + 0.36], [reported[title]], marker="*", s=50, color="black", zorder=4)
        feature = at_end(part, "feature")
        for side, label, marker in ((-0.17, -1, "v"), (0.17, 1, "^")):
            values = feature.sel(label=label).values[order]
            style.strip(right, place + side, values, colors, width=0.11, marker=marker)
    for mode in MODES if modes else ():
        left.axhline(mode, color=style.GREY, linewidth=0.7, linestyle=(0, (2, 2)), zorder=1)
    left.axhline(0.5, color="black", linewidth=0.6, zorder=1)
    right.axhline(0, color="black", linewidth=0.6, zorder=1)
    for axis in (left, right):
        style.places(axis, [title for title, _ in cells])
    left.set(ylabel="test error", ylim=(-0.04, 1.04), title="Test error of each seed")
    right.set(ylabel=r"$\max_r\,\langle w_{j,r}, j v\rangle$ at the end", title="Feature of each class")
    flip_keys(left)
    for shape, sign in (("v", "−1"), ("^", "+1")):
        style.key(left, f"class {sign}", marker=shape, linestyle="")
    if any(title in reported for title, _ in cells):
        style.key(left, "paper", marker="*", linestyle="", color="black")
    style.legend_below(drawing, left, ncols=6, columnspacing=1.1)
    return style.finish(drawing)


def flip_colors(flipped: np.ndarray) -> list[str]:
    """A colour for each run, by how many classes have flipped."""
    return [style.FLIPPED[int(count)] if np.isfinite(count) else style.GREY for count in flipped]


def flip_keys(axis: Axes) -> None:
    """Legend entries for the colours of `flip_colors`."""
    for color, name in zip(style.FLIPPED, ("no class flipped", "one", "both"), strict=True):
        style.key(axis, name, marker="o", linestyle="", color=color)


def error_courses(cube: xr.Dataset, who: str) -> Figure:
    """Training and test error over epochs, one panel a batch size."""
    cells = batch_sizes(cube, who)
    drawing, axes = style.tiles(len(cells), most=2, height=2.5, width=6.0, sharey=True)
    for axis, (title, point) in zip(axes, cells, strict=True):
        part = pick(cube, **point)
        style.course(axis, part, "train_error", "epoch", style.TRAIN, "training error")
        look = {"color": style.TEST, "label": "test error", "linestyle": style.DASHED}
        style.early(axis, style.course(axis, part, "test_error", "epoch", **look))
        axis.set(xlabel="epoch", title=title, ylim=(-0.03, 1.03))
    style.label_rows(axes, "error")
    style.legend(axes[0], loc="best")
    return style.finish(drawing)
