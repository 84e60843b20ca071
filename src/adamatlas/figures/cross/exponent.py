"""tang2025's data under AdamE: errors and features at the end over the exponent."""

from __future__ import annotations

import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from adamatlas.claims.cross.exponent import ends, name, sizes
from adamatlas.figures import style

REQUIRES = ("batch_size", "label", "v_exponent", "seed", "snapshot")
QUANTITIES = ("feature", "test_error", "train_loss")
LINES = ("-", (0, (3, 1.5)), ":")
MARKERS = ("o", "s", "^")


def draw(cube: xr.Dataset) -> Figure:
    """Test error, training loss and the lower of the two classes' features over p."""
    drawing, (axes,) = style.panels(3, height=2.7)
    lowest = cube.assign(feature=cube["feature"].min("label", skipna=False))
    for quantity, axis in zip(("test_error", "train_loss", "feature"), axes, strict=True):
        for place, size in enumerate(sorted(sizes(cube), reverse=True)):
            _sweep(axis, lowest, quantity, size, place)
        axis.set_xticks([0, 0.125, 0.25, 0.375, 0.5], ["0", "1/8", "1/4", "3/8", "1/2"])
        axis.set_xlabel("exponent p")
    axes[0].axhline(0.5, color="black", linewidth=0.6)
    axes[0].set(ylabel="test error", title="Test error", ylim=(-0.04, 1.04))
    axes[1].set(ylabel="training loss (nat)", title="Training loss")
    axes[2].axhline(0, color=style.GREY, linewidth=0.6)
    axes[2].set(ylabel="inner product", title="Feature, lower class")
    drawing.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
    return style.finish(drawing)


def _sweep(axis: Axes, cube: xr.Dataset, quantity: str, size: int, place: int) -> None:
    """Median and range over seeds, and a mark for each run."""
    p, values = ends(cube, quantity, size)
    if not values.shape[1]:
        return
    color, marker = style.sequence(4)[3 - place % 3], MARKERS[place % 3]
    style.band(axis, p, values.T, color, name(cube, size), linestyle=LINES[place % 3], marker=marker)
    for seed in values.T:
        axis.plot(p, seed, marker, color=color, markersize=2, alpha=0.6, linewidth=0)
