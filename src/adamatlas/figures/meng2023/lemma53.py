"""Lemma 5.3: the signal-noise coefficients, and how far the closed recursion is from them."""

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from adamatlas.figures import style
from adamatlas.selection import history

REQUIRES = ("factor", "reg_lambda", "seed", "sigma_p", "snapshot")
QUANTITIES = ("signal_coefficient", "noise_coefficient", "recursion_error")
FACTORS = {
    "printed": (style.COLORS[3], "printed, 4λζℓ''/m"),
    "corrected": (style.COLORS[0], "corrected, 4λζℓ''/m²"),
}
COEFFICIENTS = {
    "noise_coefficient": ("-", r"$\max|\rho_{j,r,i}|$"),
    "signal_coefficient": (style.DASHED, r"$\max|\gamma_{j,r}|$"),
}


def draw(cube: xr.Dataset) -> Figure:
    """Left: largest coefficients by noise level. Right: deviation of the recursion, all runs."""
    drawing, axes = style.tiles(2, width=6.4, height=2.8)
    for sigma, color in style.shades(cube["sigma_p"]):
        for name, (line, _) in COEFFICIENTS.items():
            course = history(cube.sel(sigma_p=sigma), name)[..., 1:]
            label = rf"$\sigma_p$ = {sigma:g}" if line == "-" else ""
            style.band(axes[0], course["epoch"], course, color, label, linestyle=line)
    for line, label in COEFFICIENTS.values():
        style.key(axes[0], label, linestyle=line)
    for factor, (color, label) in FACTORS.items():
        course = history(cube.sel(factor=factor), "recursion_error")[..., 1:]
        style.band(axes[1], course["epoch"], np.maximum(course, 1e-17), color, label)
    for axis, title in zip(axes, ("Coefficients", "Recursion against coefficients"), strict=True):
        style.logarithmic(axis, "y")
        axis.set(xlabel="epoch", title=title)
    drawing.legend(*axes[0].get_legend_handles_labels(), loc="outside lower left", ncols=3)
    style.legend(axes[1], loc="center right")
    axes[0].set_ylabel("largest coefficient")
    axes[1].set_ylabel("largest deviation, relative")
    return style.finish(drawing)
