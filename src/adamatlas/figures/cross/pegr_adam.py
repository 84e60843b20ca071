"""tang2025's large batches under the two gradient regularizers."""

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from adamatlas.figures import style
from adamatlas.readings import names
from adamatlas.readings.cross import batch_sizes, ends_over_lambda, over_lambda, switch_offs
from adamatlas.readings.meng2023 import FGR, PEGR

REQUIRES = ("batch_size", "optimizer", "reg_lambda", "reg_off_epoch", "regularizer", "seed", "snapshot")
QUANTITIES = ("test_error", "train_loss")


def draw(cube: xr.Dataset) -> Figure:
    """Columns: the regularizers. Rows: test error and training loss at the end, regularizer on; test error
    where it is off early, a row for each switch-off; test error over epochs.

    A run is an optimizer and a batch size.
    """
    optimizers = names.ordered(cube["optimizer"].values.tolist(), "adam", "adamw", "gd")
    runs = [(optimizer, size) for optimizer in optimizers for size in batch_sizes(cube, optimizer)]
    kinds = names.ordered([kind for kind in cube["regularizer"].values.tolist() if kind != "none"], PEGR, FGR)
    early = sorted({off for run in runs for kind in kinds for off in switch_offs(cube, *run, kind)[:-1]})
    width = 6.6 if len(kinds) <= 2 else 4.0 * len(kinds)
    drawing, axes = style.panels(max(len(kinds), 1), rows=3 + max(len(early), 1), width=width, height=1.9)
    for column, kind in zip(axes.T, kinds, strict=False):
        offs = {run: found for run in runs if (found := switch_offs(cube, *run, kind))}
        on = {run: found[-1] for run, found in offs.items()}
        _over_lambda(column[0], cube, "test_error", kind, on)
        _over_lambda(column[1], cube, "train_loss", kind, on)
        column[0].set_title(f"{names.name(kind)} on, final test error")
        column[1].set_title(f"{names.name(kind)} on, final training loss")
        column[1].set_ylim(-0.02, 0.8)
        for axis, off in zip(column[2:-1], early or [0], strict=True):
            switched_off = {run: off for run, found in offs.items() if off in found[:-1]}
            _over_lambda(axis, cube, "test_error", kind, switched_off)
            third = all(abs(off / on[run] - 1 / 3) < 0.02 for run in switched_off)
            when = "off after a third" if third else f"off from epoch {off}"
            axis.set_title(f"{names.name(kind)} {when}, final test error")
        _courses(column[-1], cube, kind, max((size for _, size in runs), default=0))
        column[-1].set_title(f"{names.name(kind)} on, full-batch Adam")
        style.legend(column[-1], loc="upper right", ncols=2)
    style.label_rows(axes.flat, "test error")
    axes[1, 0].set_ylabel("training loss (nat)")
    for axis in [*axes[0], *axes[2:].flat]:
        axis.set_ylim(-0.04, 1.04)
        axis.axhline(0.5, color="black", linewidth=0.6)
    style.legend_below(drawing, axes[0, 0], ncols=5)
    return style.finish(drawing)


def _over_lambda(
    axis: Axes, cube: xr.Dataset, quantity: str, kind: str, offs: dict[tuple[str, int], int]
) -> None:
    """A quantity at the end over lambda, one curve a run with its switch-off; lambdas stand one apart."""
    ends = {run: ends_over_lambda(cube, quantity, *run, kind, off) for run, off in offs.items()}
    strengths = sorted({float(x) for values in ends.values() for x in values["reg_lambda"].values})
    sizes = batch_sizes(cube)[::-1]
    for (optimizer, size), values in ends.items():
        number = sizes.index(size)
        look = {"linestyle": style.LINES[number % 4], "marker": style.MARKERS[number % 4], "markersize": 3}
        label = f"{names.name(optimizer)}, {'full batch' if number == 0 else f'B = {size}'}"
        places = np.searchsorted(strengths, values["reg_lambda"].values)
        style.band(axis, places, values.T.values, style.color(optimizer), label, **look)
    axis.set_xticks(range(len(strengths)), [f"{value:g}" for value in strengths])
    axis.set_xlabel("λ")


def _courses(axis: Axes, cube: xr.Dataset, kind: str, size: int) -> None:
    """Adam's test error over epochs in full batch, one line a lambda."""
    lines = []
    for name in ("none", kind) if switch_offs(cube, "adam", size, kind) else ():
        for off in switch_offs(cube, "adam", size, name)[-1:]:
            part = over_lambda(cube, "adam", size, name, off)
            lines += [part.sel(reg_lambda=strength) for strength in part["reg_lambda"].values]
    for part, color in zip(lines, style.sequence(len(lines)), strict=True):
        label = f"λ = {float(part['reg_lambda']):g}"
        style.course(axis, part, "test_error", "epoch", color, label)
    axis.set_xlabel("epoch")
