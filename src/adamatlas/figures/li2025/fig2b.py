"""Test loss of the diagonal network over the number of training examples, by the exponent of AdamE."""

import xarray as xr
from matplotlib.figure import Figure

from adamatlas.figures import style
from adamatlas.selection import pick

REQUIRES = ("lr", "n_train", "v_exponent", "seed")
QUANTITIES = ("late_loss",)
KNOWN_AS = {0.0: "SGD with momentum", 0.5: "Adam"}


def draw(cube: xr.Dataset) -> Figure:
    """One curve an exponent and learning rate, dashed the larger one."""
    drawing, (axis,) = style.tiles(1, width=5.4, height=2.8)
    for p, color in style.shades(cube["v_exponent"]):
        name = f"p = {p:g}" + (f" ({KNOWN_AS[p]})" if p in KNOWN_AS else "")
        for lr, line in zip(cube["lr"].values.tolist(), style.LINES, strict=False):
            loss = pick(cube, "seed", "n_train", v_exponent=p, lr=lr)["late_loss"]
            marks = {"linestyle": line, "marker": "o", "markersize": 3}
            style.band(axis, loss["n_train"], loss, color, f"{name}, lr {lr:g}", **marks)
    axis.axhline(1.0, color="black", linewidth=0.6)
    style.logarithmic(axis, "y")
    axis.set(xlabel="training examples n", ylabel="test loss", title="AdamE at the end (last quarter)")
    drawing.legend(*axis.get_legend_handles_labels(), loc="outside right center")
    return style.finish(drawing)
