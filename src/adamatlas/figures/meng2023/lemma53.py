"""Lemma 5.3: the signal-noise coefficients, and how far the closed recursion is from them."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from adamatlas.figures import style
from adamatlas.figures.meng2023.lemma51 import _epochs

REQUIRES = ("factor", "reg_lambda", "seed", "sigma_p", "snapshot")
QUANTITIES = ("signal_coefficient", "noise_coefficient", "recursion_error")
FACTORS = {
    "printed": (style.COLORS[3], "printed, 4λζℓ''/m"),
    "corrected": (style.COLORS[0], "corrected, 4λζℓ''/m²"),
}


def draw(cube: xr.Dataset) -> Figure:
    """Left: largest coefficients by noise level. Right: deviation of the recursion, all runs."""
    drawing, (axes,) = style.panels(2, width=6.4, height=2.8)
    epoch = _epochs(cube)
    levels = cube["sigma_p"].values
    for sigma, color in zip(levels, style.sequence(len(levels)), strict=True):
        for name, line in (("noise_coefficient", "-"), ("signal_coefficient", (0, (3, 1.5)))):
            values = _runs(cube[name].sel(sigma_p=sigma))
            label = rf"$\sigma_p$ = {sigma:g}" if line == "-" else ""
            style.band(axes[0], epoch[1:], values[:, 1:], color, label, linestyle=line)
    for key, (color, label) in FACTORS.items():
        values = _runs(cube["recursion_error"].sel(factor=key))
        style.band(axes[1], epoch[1:], np.maximum(values[:, 1:], 1e-17), color, label)
    axes[0].plot([], [], color=style.GREY, label=r"$\max|\rho_{j,r,i}|$")
    axes[0].plot([], [], color=style.GREY, linestyle=(0, (3, 1.5)), label=r"$\max|\gamma_{j,r}|$")
    for axis, title in zip(axes, ("Coefficients", "Recursion against coefficients"), strict=True):
        style.logarithmic(axis, "y")
        axis.set(xlabel="epoch", title=title)
    drawing.legend(*axes[0].get_legend_handles_labels(), loc="outside lower left", ncols=3)
    style.legend(axes[1], loc="center right")
    axes[0].set_ylabel("largest coefficient")
    axes[1].set_ylabel("largest deviation, relative")
    return style.finish(drawing)


def _runs(values: xr.DataArray) -> np.ndarray:
    """All runs below each other (run, snapshot)."""
    return values.stack(run=[dim for dim in values.dims if dim != "snapshot"]).transpose("run", ...).values
