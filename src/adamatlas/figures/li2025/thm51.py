"""The projected gradient of the implicit regularizer, and the regularizer, along runs on the ellipse."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from adamatlas.figures import style
from adamatlas.selection import pick

REQUIRES = ("optimizer", "seed", "start_angle")
QUANTITIES = ("regularizer_level", "stationarity")
LEVELS = {"sgd": 1.0, "adam": float(np.sqrt(1.6))}
NAMES = {"sgd": r"SGD, $\mathrm{tr}(H)$", "adam": r"Adam, $\mathrm{tr}(\mathrm{Diag}(H)^{1/2})$"}


def draw(cube: xr.Dataset) -> Figure:
    """Both quantities over steps; dashed, the smallest regularizer on the ellipse."""
    drawing, (axes,) = style.panels(2, width=6.2, height=2.8)
    for optimizer, name in NAMES.items():
        part = pick(cube, optimizer=optimizer)
        kept = part["step"].values >= 0
        step, color = part["step"].values[kept], style.OPTIMIZERS[optimizer]
        for axis, quantity in zip(axes, ("stationarity", "regularizer_level"), strict=True):
            values = part[quantity]
            runs = values.stack(run=[dim for dim in values.dims if dim != "snapshot"])
            style.band(axis, step, runs.transpose("run", "snapshot").values[:, kept], color, name)
            style.early(axis, step)
        axes[1].axhline(LEVELS[optimizer], color=color, linestyle=(0, (3, 1.5)), linewidth=0.8)
    axes[0].set(xlabel="step", ylabel="share along the ellipse", title="Gradient of the regularizer")
    axes[1].set(xlabel="step", ylabel="regularizer", title="Regularizer on the ellipse")
    drawing.legend(*axes[1].get_legend_handles_labels(), loc="outside lower center", ncols=2)
    return style.finish(drawing)
