"""Theorems 3.2 and 3.3: loss, signal, noise and accuracy with the theorem's lambda until T1, and without."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from adamatlas.claims.meng2023.theory import levels, runs
from adamatlas.figures import style
from adamatlas.figures.meng2023._courses import LINES

REQUIRES = ("reg_lambda", "reg_off_epoch", "seed", "sigma_p", "snapshot")
QUANTITIES = ("train_loss", "signal", "noise", "test_accuracy")
TITLES = {
    "train_loss": "training loss",
    "signal": "signal",
    "noise": "noise",
    "test_accuracy": "test accuracy",
}


def draw(cube: xr.Dataset) -> Figure:
    """Rows: PEGR until T1 (dotted), and no regularizer; lines: sigma_p."""
    drawing, axes = style.panels(4, rows=2, height=2.0, sharey="col")
    colors = style.sequence(len(levels(cube)))
    for row, regularized in zip(axes, (True, False), strict=True):
        for sigma, color, line in zip(levels(cube), colors, LINES, strict=False):
            found = runs(cube, sigma, regularized)
            kept = np.isfinite(found["epoch"].values)
            for axis, name in zip(row, TITLES, strict=True):
                values = found[name].transpose("seed", "snapshot").values[:, kept]
                epoch = found["epoch"].values[kept]
                style.band(axis, epoch, values, color, rf"$\sigma_p$ = {sigma:g}", linestyle=line)
                if regularized:
                    axis.axvline(float(found["reg_off_epoch"]), color=color, linewidth=0.8, linestyle=":")
        for axis, title in zip(row, TITLES.values(), strict=True):
            axis.set_title(title)
            axis.set_xticks([0, 5000, 10000], ["0", "5k", "10k"])
            axis.set_xlim(0, np.nanmax(cube["epoch"].values))
        row[0].set_ylabel("PEGR until T1" if regularized else "no regularizer")
    axes[0, 0].set_ylim(-0.02, 0.8)
    axes[0, 3].set_ylim(0.4, 1.03)
    style.logarithmic(axes[0, 1], "y")
    for axis in axes[-1]:
        axis.set_xlabel("epoch")
    drawing.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
    return style.finish(drawing)
