"""Figure 1: the first layer of an image network after Adam and after SGD, and how noisy its filters are."""

import math

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from adamatlas.figures import style
from adamatlas.readings.images import ran, runs_of
from adamatlas.selection import runs

REQUIRES = ("network", "optimizer", "seed")
QUANTITIES = ("filter", "high_frequency", "total_variation")
NOISE = {"total_variation": "total variation / norm", "high_frequency": "high frequencies"}


def draw(cube: xr.Dataset) -> Figure:
    """The filters of the first seed for each optimizer; both measures of noise, one point a seed."""
    shown = runs_of(cube)
    drawing, axes = style.tiles(len(shown) + len(NOISE), most=4, width=7.2, height=2.1)
    for axis, (title, point) in zip(axes, shown.items(), strict=False):
        part = runs(cube, **point)["filter"]
        if part.sizes["seed"]:
            _picture(axis, part.isel(seed=0))
        axis.set_axis_off()
        axis.set_title(title)
    for axis, (quantity, label) in zip(axes[len(shown) :], NOISE.items(), strict=True):
        for place, point in enumerate(shown.values()):
            values = runs(cube, **point)[quantity].values
            style.strip(axis, place, values, style.color(point["optimizer"]))
        style.places(axis, shown)
        axis.set(title=label)
    drawing.suptitle(ran(cube), fontsize=9, x=0.02, ha="left")
    return style.finish(drawing)


def _picture(axis: Axes, filters: xr.DataArray) -> None:
    """All filters as tiles, each over its largest |weight|; three channels as colours, else their mean."""
    filters = filters.transpose("kernel", "kernel_row", "kernel_column", "channel").values
    if filters.shape[3] != 3:
        filters = filters.mean(axis=3, keepdims=True)
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
