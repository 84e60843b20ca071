"""A quantity over epochs by regularizer, lambda, second layer and noise level: meng2023's Figures 1 to 4."""

from itertools import cycle

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from adamatlas.figures import style
from adamatlas.readings import names
from adamatlas.readings.meng2023 import FGR, LAMBDA, PEGR, VARIANTS, until_switched_off

SECOND_LAYER = {scale: variant.replace("_", " ") for variant, (scale, _) in VARIANTS.items()}
LINES = ("-", (0, (5, 1.5)), (0, (2, 1)), (0, (4, 1, 1, 1)))


def grid(
    cube: xr.Dataset, name: str, label: str, scale: str = "linear", limits: tuple | None = None
) -> Figure:
    """Columns: the regularizers, and none of them. Rows: every second layer at the paper's lambda, then the
    other lambdas at the largest second layer.

    A dotted line marks the epoch from which the regularizer is off.
    """
    kinds = names.ordered(cube["regularizer"].values.tolist(), PEGR, FGR)
    rows = _rows(cube)
    drawing, axes = style.panels(len(kinds) + 1, rows=len(rows), height=1.8, sharey=True)
    for row, (layer, strength) in zip(axes, rows, strict=True):
        second = SECOND_LAYER.get(layer, f"c = {layer:g}")
        columns = [(kind, strength, names.name(kind), f", λ = {strength:g}") for kind in kinds]
        for axis, (kind, at, who, used) in zip(row, [*columns, (PEGR, 0.0, "Standard", "")], strict=True):
            part = until_switched_off(cube, "sigma_p", regularizer=kind, output_scale=layer, reg_lambda=at)
            levels(axis, part, name)
            axis.set_title(f"{who}, {second}{used}")
            axis.axvline(float(cube["reg_off_epoch"].max()), color=style.GREY, linewidth=0.8, linestyle=":")
            axis.set_xlim(0, np.nanmax(cube["epoch"].values))
        row[0].set_ylabel(label)
    for axis in axes[-1]:
        axis.set_xlabel("epoch")
    if scale == "symlog":
        axes[0, 0].set_yscale("symlog", linthresh=0.1, linscale=0.5)
    elif scale == "log":
        style.logarithmic(axes[0, 0], "y")
    if limits:
        axes[0, 0].set_ylim(*limits)
    style.legend_below(drawing, axes[0, 0], ncols=4)
    return style.finish(drawing)


def levels(axis: Axes, part: xr.Dataset, name: str) -> None:
    """One band over seeds for each noise level."""
    for (sigma, color), line in zip(style.shades(part["sigma_p"]), cycle(LINES), strict=False):
        label = rf"$\sigma_p$ = {sigma:g}"
        style.course(axis, part.sel(sigma_p=sigma), name, "epoch", color, label, linestyle=line)


def _rows(cube: xr.Dataset) -> list[tuple[float, float]]:
    """(second layer, lambda) of each row."""
    layers = cube["output_scale"].values.tolist()
    positive = [strength for strength in cube["reg_lambda"].values.tolist() if strength > 0]
    first = LAMBDA if LAMBDA in positive else min(positive, default=LAMBDA)
    others = [(layers[-1], strength) for strength in positive if strength != first]
    return [*((layer, first) for layer in layers), *others]
