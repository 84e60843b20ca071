"""Test error of image networks over the batch size at equal epochs, steps and training loss."""

import xarray as xr
from matplotlib.figure import Figure

from adamatlas.figures import style
from adamatlas.readings import image_sweeps as sweeps
from adamatlas.readings import images

REQUIRES = ("batch_size", "network", "optimizer", "seed", "snapshot")
QUANTITIES = ("test_accuracy", "train_loss")


def draw(cube: xr.Dataset) -> Figure:
    """Median and range over seeds; one panel for what is equal, one line an optimizer and network."""
    drawing, axes = style.tiles(len(sweeps.EQUAL), height=2.4, sharey=True)
    for axis, what in zip(axes, sweeps.EQUAL, strict=True):
        for number, (title, point) in enumerate(images.runs_of(cube).items()):
            found = sweeps.at_equal(cube, what, **point)
            look = {"marker": style.MARKERS[number % 4], "markersize": 2.5}
            color = style.color(point["optimizer"])
            style.band(axis, found["batch_size"], found.values, color, title, **look)
        style.plain(axis, "x", cube["batch_size"].values)
        axis.set(title=f"equal {sweeps.EQUAL[what]}", xlabel="batch size")
        axis.set_ylim(bottom=0)
    style.label_rows(axes, "test error")
    drawing.suptitle(images.ran(cube), fontsize=9, x=0.02, ha="left")
    style.legend_below(drawing, axes[0], ncols=2)
    return style.finish(drawing)
