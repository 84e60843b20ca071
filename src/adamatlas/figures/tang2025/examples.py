"""Test error of image networks over the number of training images, at fixed batch size and at fixed n/B."""

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from adamatlas.figures import style
from adamatlas.readings import image_sweeps as sweeps
from adamatlas.readings import images

REQUIRES = ("batch_size", "n_train", "network", "optimizer", "seed")
QUANTITIES = ("test_accuracy",)


def draw(cube: xr.Dataset) -> Figure:
    """Median and range over seeds at the end; one panel an optimizer and network, one line an n/B."""
    shown = images.runs_of(cube)
    drawing, axes = style.tiles(len(shown), most=2, height=2.4, sharey=True)
    for axis, (title, point) in zip(axes, shown.items(), strict=True):
        found = sweeps.over_epoch_steps(cube, **point)
        for steps, shade in style.shades(found["steps_per_epoch"]):
            values = found.sel(steps_per_epoch=steps).transpose("seed", "n_train")
            known = np.isfinite(values).any("seed").values
            look = {"marker": "o", "markersize": 2.5}
            style.band(
                axis,
                values["n_train"].values[known],
                values.values[:, known],
                shade,
                f"n/B = {steps:g}",
                **look,
            )
        style.plain(axis, "x", cube["n_train"].values)
        axis.set(title=title, xlabel="training images n")
        axis.set_ylim(bottom=0)
    style.label_rows(axes, "test error")
    drawing.suptitle(images.ran(cube), fontsize=9, x=0.02, ha="left")
    style.legend_below(drawing, axes[0], ncols=4)
    return style.finish(drawing)
