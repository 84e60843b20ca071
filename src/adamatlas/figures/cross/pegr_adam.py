"""tang2025's large batches under the two gradient regularizers."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from adamatlas.claims.cross._regularized import (
    KINDS,
    NAMES,
    from_none,
    has,
    has_early,
    kinds,
    largest,
    part,
    sizes,
)
from adamatlas.figures import style

REQUIRES = ("batch_size", "optimizer", "reg_lambda", "reg_off_epoch", "regularizer", "seed", "snapshot")
QUANTITIES = ("test_error", "train_loss")


def draw(cube: xr.Dataset) -> Figure:
    """Columns: PEGR, FGR. Rows: test error and training loss at the end, regularizer on; test error where it
    is off early; test error over epochs.
    """
    drawing, axes = style.panels(len(KINDS), rows=4, width=6.6, height=1.9)
    for column, (kind, short) in zip(axes.T, KINDS.items(), strict=True):
        runs = [
            (name, size) for name in NAMES for size in sizes(cube, name) if kind in kinds(cube, name, size)
        ]
        for axis, quantity, early, title in (
            (column[0], "test_error", False, "on, final test error"),
            (column[1], "train_loss", False, "on, final training loss"),
            (column[2], "test_error", True, "off after a third, final test error"),
        ):
            drawn = [run for run in runs if not early or has_early(cube, *run, kind)]
            ends = {run: from_none(cube, quantity, *run, kind, early) for run in drawn}
            strengths = sorted({float(x) for values in ends.values() for x in values["reg_lambda"].values})
            for (name, size), values in ends.items():
                _sweep(axis, values, strengths, name, size == largest(cube), size)
            axis.set_title(f"{short} {title}")
            axis.set_xticks(range(len(strengths)), [f"{value:g}" for value in strengths])
            axis.set_xlabel("λ")
        for axis in column[[0, 2]]:
            axis.set_ylim(-0.04, 1.04)
            axis.axhline(0.5, color="black", linewidth=0.6)
        column[1].set_ylim(-0.02, 0.8)
        if kind in kinds(cube, "adam", largest(cube)):
            adam = "adam", largest(cube)
            ran = [name for name in ("none", kind) if has(cube, *adam, name)]
            _courses(column[3], [part(cube, *adam, name, early=False) for name in ran])
        column[3].set_title(f"{short} on, full-batch Adam")
        style.legend(column[3], loc="upper right", ncols=2)
    for axis, label in zip(
        axes[:, 0], ("test error", "training loss (nat)", *["test error"] * 2), strict=True
    ):
        axis.set_ylabel(label)
    handles, labels = axes[0, 0].get_legend_handles_labels()
    drawing.legend(handles, labels, loc="outside lower center", ncols=5)
    return style.finish(drawing)


def _sweep(
    axis: Axes, values: xr.DataArray, strengths: list[float], name: str, full: bool, size: int
) -> None:
    """Over lambdas one apart, so that 0 has its place."""
    line = {"linestyle": "-" if full else (0, (3, 1.5)), "marker": "o" if full else "s", "markersize": 3}
    label = f"{style.NAMES[name]}, {'full batch' if full else f'B = {size}'}"
    places = np.searchsorted(strengths, values["reg_lambda"].values)
    style.band(axis, places, values.T.values, style.OPTIMIZERS[name], label, **line)


def _courses(axis: Axes, parts: list[xr.Dataset]) -> None:
    """Test error over epochs, one line a lambda."""
    lines = [found.sel(reg_lambda=strength) for found in parts for strength in found["reg_lambda"].values]
    for line, color in zip(lines, style.sequence(len(lines)), strict=True):
        epoch = line["epoch"].values
        kept = np.isfinite(epoch)
        values = line["test_error"].transpose("seed", "snapshot").values[:, kept]
        style.band(axis, epoch[kept], values, color, f"λ = {float(line['reg_lambda']):g}")
    axis.axhline(0.5, color="black", linewidth=0.6)
    axis.set(xlabel="epoch", ylim=(-0.04, 1.04))
