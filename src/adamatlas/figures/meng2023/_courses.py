"""A quantity over epochs for every method and noise level: the panels of Figures 1 to 4."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from adamatlas.claims.meng2023 import _runs
from adamatlas.figures import style

ROWS = (
    ("as_stated", _runs.LAMBDA, "as stated"),
    ("rescaled", _runs.LAMBDA, "rescaled"),
    ("rescaled", _runs.LARGER, "rescaled"),
)
LINES = ("-", (0, (5, 1.5)), (0, (2, 1)), (0, (4, 1, 1, 1)))


def grid(
    cube: xr.Dataset, name: str, label: str, scale: str = "linear", limits: tuple | None = None
) -> Figure:
    """Rows: as stated, rescaled, rescaled with a larger lambda. Columns: PEGR, FGR, standard training.

    A dotted line marks the epoch from which the regularizer is off.
    """
    drawing, axes = style.panels(3, rows=3, height=1.8, sharey=True)
    for row, (variant, strength, title) in zip(axes, ROWS, strict=True):
        for axis, (method, (_, who)) in zip(row, _runs.METHODS.items(), strict=True):
            found = _runs.part(cube, method, variant, strength)
            levels(axis, found, name, style.sequence(found.sizes["sigma_p"]))
            used = "" if method == "standard" else f", λ = {strength:g}"
            axis.set_title(f"{who.split()[0]}, {title}{used}")
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
    drawing.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=4)
    return style.finish(drawing)


def levels(axis: Axes, found: xr.Dataset, name: str, colors: list[str]) -> None:
    """One band over seeds for each noise level of (sigma_p, seed, snapshot)."""
    for place, color in enumerate(colors):
        one = found.isel(sigma_p=place)
        epoch = one["epoch"].values
        kept = np.isfinite(epoch)
        values = one[name].transpose("seed", "snapshot").values[:, kept]
        label = rf"$\sigma_p$ = {float(found['sigma_p'][place]):g}"
        style.band(axis, epoch[kept], values, color, label, linestyle=LINES[place % len(LINES)])
