"""Lemma 5.1: one update by the printed and the corrected formula against double backward."""

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from adamatlas.figures import style
from adamatlas.selection import history

REQUIRES = ("factor", "reg_lambda", "seed", "sigma_p", "snapshot")
QUANTITIES = ("formula_error", "compiled_error")
FLOOR = 1e-17
FACTORS = {"printed": "printed\n1 + 4λζℓ''/m", "corrected": "corrected\n1 + 4λζℓ''/m²"}


def draw(cube: xr.Dataset) -> Figure:
    """Left: every run and snapshot. Right: the printed formula's error along the run."""
    drawing, axes = style.tiles(2, width=6.0, height=2.8)
    columns = [cube["formula_error"].sel(factor=factor).values for factor in FACTORS]
    for place, values in enumerate([*columns, cube["compiled_error"].values]):
        known = np.sort(np.maximum(values[np.isfinite(values)], FLOOR))
        style.strip(axes[0], place, known, style.COLORS[place], width=0.3)
    style.places(axes[0], [*FACTORS.values(), "compiled"])
    axes[0].set(yscale="log", ylim=(FLOOR, 1e2), title="Update against double backward")
    axes[0].set_ylabel("relative error")
    for sigma, color in style.shades(cube["sigma_p"]):
        course = history(cube.sel(sigma_p=sigma, factor="printed"), "formula_error")
        course = course[..., np.isfinite(course).any(course.dims[:-1])]
        label = rf"$\sigma_p$ = {sigma:g}"
        style.band(axes[1], course["epoch"], course, color, label, marker="o", markersize=3)
    axes[1].set(xlabel="epoch", title="The printed formula")
    style.logarithmic(axes[1], "y")
    drawing.legend(*axes[1].get_legend_handles_labels(), loc="outside lower right", ncols=3)
    return style.finish(drawing)
