"""Test loss of the diagonal network over the number of training examples, by the exponent of AdamE."""

import xarray as xr
from matplotlib.figure import Figure

from adamatlas.figures import style
from adamatlas.selection import pick

REQUIRES = ("n_train", "v_exponent", "seed")
QUANTITIES = ("late_loss",)
KNOWN_AS = {0.0: "SGD with momentum", 0.5: "Adam"}


def draw(cube: xr.Dataset) -> Figure:
    """One curve an exponent."""
    drawing, (axis,) = style.tiles(1, width=5.4, height=2.8)
    for p, color in style.shades(cube["v_exponent"]):
        loss = pick(cube, "seed", "n_train", v_exponent=p)["late_loss"]
        name = f" ({KNOWN_AS[p]})" if p in KNOWN_AS else ""
        style.band(axis, loss["n_train"], loss, color, f"p = {p:g}{name}", marker="o", markersize=3)
    axis.axhline(1.0, color="black", linewidth=0.6)
    style.logarithmic(axis, "y")
    axis.set(xlabel="training examples n", ylabel="test loss", title="AdamE at the end (last quarter)")
    drawing.legend(*axis.get_legend_handles_labels(), loc="outside right center")
    return style.finish(drawing)
