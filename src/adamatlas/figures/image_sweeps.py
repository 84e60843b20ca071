"""Test errors of image networks over batch size or weight decay: tang2025, Figures 1, 2 and 7 to 12."""

from collections.abc import Iterable

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from adamatlas.figures import style
from adamatlas.readings import image_sweeps as sweeps
from adamatlas.readings import images, names
from adamatlas.selection import at_end, runs

DIVISOR = 25
"""The paper draws AdamW at its weight decay over this."""
LINES = ("-", (0, (4, 1.5)))
TOP1, TOP5 = "test_accuracy", "test_top5"


def batch_sizes(cube: xr.Dataset, bars: bool = False, quantity: str = TOP1) -> Figure:
    """One panel an optimizer and network: both choices of the learning rate, and each learning rate, thin.

    Median and range over seeds, or with `bars` mean and standard deviation.
    """
    shown = images.known_runs(cube, quantity)
    drawing, axes = style.tiles(len(shown), most=2, height=2.4, sharey=True)
    for axis, (title, point) in zip(axes, shown.items(), strict=True):
        rates = _each_lr(axis, cube, "batch_size", quantity, point)
        for choice, line in zip(sweeps.CHOICES if rates > 1 else ("validation",), LINES, strict=False):
            found = sweeps.chosen(cube, "batch_size", choice, quantity, **point)
            found = found.dropna("batch_size", how="all")
            label = sweeps.CHOICES[choice] if rates > 1 else names.name(point["optimizer"])
            _line(axis, found, style.color(point["optimizer"]), label, bars, line)
        axis.set(title=title, xlabel="batch size")
    for which in ("x", "y"):
        style.plain_together(axes, which)
    return _finish(drawing, axes, cube, quantity)


def weight_decays(cube: xr.Dataset, bars: bool = False, quantity: str = TOP1) -> Figure:
    """One panel a network: Adam, AdamW over its weight decay / 25 as the paper draws it, and undivided."""
    drawing, axes = style.tiles(
        len(cube["network"].values.tolist()), most=2, width=6.4, height=2.6, sharey=True
    )
    for axis, network in zip(axes, cube["network"].values.tolist(), strict=True):
        for optimizer in images.optimizers_of(cube):
            point = {"optimizer": optimizer, "network": network}
            found = sweeps.chosen(cube, "weight_decay", "test", quantity, **point)
            found = found.dropna("weight_decay", how="all")
            divided = found.assign_coords(weight_decay=found["weight_decay"] / DIVISOR)
            color, who = style.color(optimizer), names.name(optimizer)
            if optimizer == "adamw":
                _line(axis, divided, color, rf"{who}, at $\lambda$ / {DIVISOR}", bars, "-")
                _line(axis, found, color, who, bars, LINES[1])
            else:
                _line(axis, found, color, who, bars, "-")
        axis.set(title=names.name(network), xlabel=r"weight decay $\lambda$")
        style.logarithmic(axis, "x")
    return _finish(drawing, axes, cube, quantity)


def over_betas(cube: xr.Dataset, over: str) -> Figure:
    """Mean and standard deviation over the pairs of betas, as the paper has them, of each seed's mean.

    One panel an optimizer; each pair is a thin line.
    """
    shown = images.runs_of(cube)
    drawing, axes = style.tiles(len(shown), most=2, height=2.4, sharey=True)
    for axis, (title, point) in zip(axes, shown.items(), strict=True):
        found, color = pairs(cube, over, **point), style.color(point["optimizer"])
        axis.plot(found[over], found.T, color=color, linewidth=0.6, alpha=0.5)
        _line(axis, found, color, "mean and standard deviation over (beta1, beta2)", True, "-")
        axis.set(title=title, xlabel=over.replace("_", " "))
        if over == "batch_size":
            style.plain(axis, "x", found[over].values)
        else:
            style.logarithmic(axis, "x")
    return _finish(drawing, axes, cube, TOP1)


def pairs(cube: xr.Dataset, over: str, **point: str) -> xr.DataArray:
    """The test error at the end (pair, over), mean over seeds; a pair is one (beta1, beta2)."""
    part = runs(cube, "seed", "beta1", "beta2", over, **point)
    found = sweeps.error(at_end(part, TOP1)).mean("seed").stack(pair=("beta1", "beta2"))
    return found.transpose("pair", over).dropna("pair", how="all").dropna(over, how="all")


def _each_lr(axis: Axes, cube: xr.Dataset, over: str, quantity: str, point: dict[str, str]) -> int:
    """Draw the median of each learning rate, thin; returns how many there are."""
    error = sweeps.error(at_end(runs(cube, "seed", over, "lr", **point), quantity)).median("seed")
    error = error.dropna("lr", how="all").dropna(over, how="all").transpose("lr", over)
    if error.sizes["lr"] > 1:
        for shade, rate, values in zip(
            style.sequence(error.sizes["lr"]), error["lr"].values, error.values, strict=True
        ):
            axis.plot(error[over], values, color=shade, linewidth=0.8, linestyle=":", label=f"lr {rate:g}")
    return error.sizes["lr"]


def _line(axis: Axes, found: xr.DataArray, color: str, label: str, bars: bool, line: object) -> None:
    x, values = found[found.dims[1]].values, found.values
    if not bars:
        style.band(axis, x, values, color, label, linestyle=line, marker="o", markersize=2.5)
        return
    many = np.isfinite(values).sum(axis=0)
    middle = np.where(many > 0, np.nansum(values, axis=0) / np.maximum(many, 1), np.nan)
    spread = np.sqrt(np.nansum((values - middle) ** 2, axis=0) / np.maximum(many - 1, 1))
    axis.errorbar(
        x, middle, spread, color=color, label=label, linestyle=line, marker="o", markersize=2.5, capsize=2
    )


def _finish(drawing: Figure, axes: Iterable[Axes], cube: xr.Dataset, quantity: str) -> Figure:
    axes = list(axes)
    style.label_rows(axes, "top-5 test error" if quantity == TOP5 else "test error")
    for axis in axes:
        if axis.get_yscale() == "linear":
            axis.set_ylim(bottom=0)
    drawing.suptitle(images.ran(cube), fontsize=9, x=0.02, ha="left")
    style.legend_below(drawing, *axes, ncols=3, handlelength=3)
    return style.finish(drawing)
