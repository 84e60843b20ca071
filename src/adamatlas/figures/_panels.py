"""Panels that several figures share."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from adamatlas.figures import style
from adamatlas.selection import at_end, flips, pick

MODES = (0.0, 0.47, 0.965)


def course(axis: Axes, part: xr.Dataset, x: str) -> None:
    """Feature learning (each seed) and noise memorization (median and range) of one cell over `x`."""
    kept = part["step"].values >= 0
    moment = part[x].values[kept]
    for label, line in style.LABEL_LINES.items():
        feature = _values(part, "feature", label)[:, kept]
        style.runs(axis, moment, feature, style.FEATURE, linestyle=line)
    low, high = (_both(part, name)[:, kept] for name in ("noise_min", "noise_max"))
    style.band(axis, moment, low, style.NOISE, linestyle=":")
    style.band(axis, moment, high, style.NOISE, linestyle="-")
    axis.axhline(0, color=style.GREY, linewidth=0.6)
    style.early(axis, moment)
    axis.set_xlabel({"epoch": "epoch", "step": "step"}[x])


def courses(cube: xr.Dataset, cells: list[tuple[str, dict]], x: str) -> Figure:
    """One panel a cell: `cells` are (title, point)."""
    drawing, axes = style.panels(len(cells), height=2.9)
    for axis, (title, point) in zip(axes[0], cells, strict=True):
        course(axis, pick(cube, **point), x)
        axis.set_title(title)
    axes[0, 0].set_ylabel("inner product")
    drawing.legend(
        handles=[
            Line2D([], [], color=style.FEATURE, linestyle=style.LABEL_LINES[1], label="feature, class +1"),
            Line2D([], [], color=style.FEATURE, linestyle=style.LABEL_LINES[-1], label="feature, class −1"),
            Line2D([], [], color=style.NOISE, linestyle="-", label="noise, max over i"),
            Line2D([], [], color=style.NOISE, linestyle=":", label="noise, min over i"),
        ],
        loc="outside lower center",
        ncols=4,
    )
    return style.finish(drawing)


def errors_by(cube: xr.Dataset, cells: list[tuple[str, dict, float | None]], modes: bool) -> Figure:
    """Test error of every seed beside the features at the end: `cells` are (name, point, paper's value)."""
    drawing, (axes,) = style.panels(2, height=2.9, width=6.0)
    left, right = axes
    for place, (_, point, paper) in enumerate(cells):
        part = pick(cube, **point)
        order = np.argsort(at_end(part, "test_error").values)
        error = at_end(part, "test_error").values[order]
        flipped = flips(part)[order]
        colors = [style.FLIPPED[int(k)] if np.isfinite(k) else style.GREY for k in flipped]
        style.strip(left, place, error, colors)
        if paper is not None:
            left.scatter([place + 0.36], [paper], marker="*", s=50, color="black", zorder=4)
        feature = at_end(part, "feature").transpose("seed", "label")
        for side, label in ((-0.17, -1), (0.17, 1)):
            values = feature.sel(label=label).values[order]
            style.strip(right, place + side, values, colors, width=0.11, marker="v" if label < 0 else "^")
    if modes:
        for mode in MODES:
            left.axhline(mode, color=style.GREY, linewidth=0.7, linestyle=(0, (2, 2)), zorder=1)
    left.axhline(0.5, color="black", linewidth=0.6, zorder=1)
    right.axhline(0, color="black", linewidth=0.6, zorder=1)
    for axis in axes:
        axis.set_xticks(range(len(cells)), [name for name, *_ in cells])
        axis.set_xlim(-0.6, len(cells) - 0.4)
        axis.grid(axis="x", visible=False)
    left.set(ylabel="test error", ylim=(-0.04, 1.04), title="Test error of each seed")
    right.set(ylabel=r"$\max_r\,\langle w_{j,r}, j v\rangle$ at the end", title="Feature of each class")
    marks = [
        Line2D([], [], marker="o", linestyle="", color=style.FLIPPED[k], label=name)
        for k, name in enumerate(("no class flipped", "one", "both"))
    ]
    marks += [
        Line2D([], [], marker=shape, linestyle="", color=style.GREY, label=name)
        for shape, name in (("v", "class −1"), ("^", "class +1"))
    ]
    if any(paper is not None for *_, paper in cells):
        marks.append(Line2D([], [], marker="*", linestyle="", color="black", label="paper"))
    drawing.legend(handles=marks, loc="outside lower center", ncols=len(marks), columnspacing=1.1)
    return style.finish(drawing)


def error_courses(cube: xr.Dataset, cells: list[tuple[str, dict]]) -> Figure:
    """Training and test error over epochs, one panel a cell."""
    drawing, (axes,) = style.panels(len(cells), height=2.5, width=6.0, sharey=True)
    for axis, (title, point) in zip(axes, cells, strict=True):
        part = pick(cube, **point)
        kept = part["step"].values >= 0
        epoch = part["epoch"].values[kept]
        for name, color, line, label in (
            ("train_error", style.TRAIN, "-", "training error"),
            ("test_error", style.TEST, (0, (3, 1.5)), "test error"),
        ):
            values = part[name].transpose("seed", "snapshot").values[:, kept]
            style.band(axis, epoch, values, color, label, linestyle=line)
        style.early(axis, epoch)
        axis.set(xlabel="epoch", title=title, ylim=(-0.03, 1.03))
    axes[0].set_ylabel("error")
    style.legend(axes[0], loc="best")
    return style.finish(drawing)


def _values(part: xr.Dataset, name: str, label: int) -> np.ndarray:
    return part[name].sel(label=label).transpose("seed", "snapshot").values


def _both(part: xr.Dataset, name: str) -> np.ndarray:
    """Seeds of both classes below each other."""
    return np.concatenate([_values(part, name, label) for label in (-1, 1)])
