"""Test loss of the diagonal network over the number of training examples, by the exponent of AdamE."""

from __future__ import annotations

import xarray as xr
from matplotlib.figure import Figure

from adamatlas.figures import style
from adamatlas.selection import pick

REQUIRES = ("n_train", "v_exponent", "seed")
QUANTITIES = ("late_loss",)
NAMES = {0.0: "SGD with momentum", 0.5: "Adam"}


def draw(cube: xr.Dataset) -> Figure:
    """One curve an exponent."""
    drawing, ((axis,),) = style.panels(1, width=5.4, height=2.8)
    exponents = cube["v_exponent"].values
    for p, color in zip(exponents, style.sequence(len(exponents)), strict=True):
        loss = pick(cube, v_exponent=p)["late_loss"]
        if "n_train" not in loss.dims:
            loss = loss.expand_dims("n_train")
        values = loss.transpose("seed", "n_train")
        name = f" ({NAMES[float(p)]})" if float(p) in NAMES else ""
        places = values["n_train"].values
        style.band(axis, places, values.values, color, f"p = {p:g}{name}", marker="o", markersize=3)
    axis.axhline(1.0, color="black", linewidth=0.6)
    style.logarithmic(axis, "y")
    axis.set(xlabel="training examples n", ylabel="test loss", title="AdamE at the end (last quarter)")
    drawing.legend(*axis.get_legend_handles_labels(), loc="outside right center")
    return style.finish(drawing)
