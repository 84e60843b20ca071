"""Figure 1: the first layer of an image network after Adam and after SGD, and how noisy its filters are."""

import math

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from adamatlas.figures import style
from adamatlas.readings import names
from adamatlas.readings.image_sweeps import ran
from adamatlas.selection import runs

REQUIRES = ("network", "optimizer", "seed")
QUANTITIES = ("filter", "high_frequency", "total_variation")
NOISE = {"total_variation": "total variation / norm", "high_frequency": "high frequencies"}


def draw(cube: xr.Dataset) -> Figure:
    """The filters of the first seed for each optimizer; both measures of noise, one point a seed."""
    optimizers = names.ordered(cube["optimizer"].values.tolist(), "adam", "sgd")
    drawing, axes = style.tiles(len(optimizers) + len(NOISE), most=4, width=7.2, height=2.1)
    for axis, optimizer in zip(axes, optimizers, strict=False):
        _picture(axis, runs(cube, optimizer=optimizer)["filter"].isel(seed=0))
        axis.set_title(names.name(optimizer))
    for axis, (quantity, label) in zip(axes[len(optimizers) :], NOISE.items(), strict=True):
        for place, optimizer in enumerate(optimizers):
            values = runs(cube, optimizer=optimizer)[quantity].values
            style.strip(axis, place, values, style.color(optimizer))
        style.places(axis, [names.name(optimizer) for optimizer in optimizers])
        axis.set(title=label)
    drawing.suptitle(ran(cube), fontsize=9, x=0.02, ha="left")
    return style.finish(drawing)


def _picture(axis: Axes, filters: xr.DataArray) -> None:
    """All filters as tiles, each over its largest absolute weight; three channels as colours."""
    filters = filters.transpose("kernel", "kernel_row", "kernel_column", "channel").values
    largest = np.abs(filters).max(axis=(1, 2, 3), keepdims=True)
    tiles = 0.5 + 0.5 * filters / np.where(largest > 0, largest, 1.0)
    side = filters.shape[1]
    columns = math.ceil(len(tiles) ** 0.5)
    rows = -(-len(tiles) // columns)
    picture = np.ones((rows * (side + 1) - 1, columns * (side + 1) - 1, 3))
    for number, tile in enumerate(tiles):
        top, left = (place * (side + 1) for place in divmod(number, columns))
        picture[top : top + side, left : left + side] = tile
    axis.imshow(np.nan_to_num(picture, nan=1.0), interpolation="nearest")
    axis.set_axis_off()
