"""One history of the image networks over epochs, a panel for each noise level."""

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from adamatlas.figures import style
from adamatlas.readings import meng2023_images as images
from adamatlas.readings import names
from adamatlas.readings.images import data_set
from adamatlas.readings.meng2023 import FGR, PEGR
from adamatlas.selection import constant

LINES = ("-", (0, (5, 1.5)), (0, (4, 1, 1, 1)))


def panels(cube: xr.Dataset, name: str, label: str, title: str) -> Figure:
    """Median and range over seeds; a dotted line marks the epoch from which the regularizers are off.

    Methods that the grid lacks, or whose runs all diverged, are left out.
    """
    kinds = names.ordered(cube["regularizer"].values.tolist(), PEGR, FGR)
    drawn = [("standard training", images.standard(cube, name), style.GREY, "-")]
    drawn += [
        (f"{names.name(kind)}, λ chosen", images.chosen(cube, name, kind), style.color(kind), line)
        for kind, line in zip(kinds, LINES * len(kinds), strict=False)
    ]
    as_stated = images.at(cube, name, PEGR, images.LAMBDA)
    drawn.append(("PEGR, λ = 0.1 as stated", as_stated, style.COLORS[3], (0, (2, 1))))
    levels = cube["sigma_p"].values
    drawing, axes = style.tiles(len(levels), most=2 if len(levels) <= 4 else 3, height=2.2, sharey=True)
    for place, axis in enumerate(axes):
        for who, course, color, line in drawn:
            if np.isfinite(course.values).any():
                style.band(axis, course.epoch, course.values[:, place], color, who, linestyle=line)
        axis.axvline(float(np.max(cube["reg_off_epoch"])), color=style.GREY, linewidth=0.8, linestyle=":")
        axis.set(title=rf"$\sigma_p$ = {levels[place]:g}", xlabel="epoch")
    style.label_rows(axes, label)
    network = names.name(constant(cube, "network", "lenet5"))
    drawing.suptitle(f"{title}: {network}, {data_set(cube)}", fontsize=9, x=0.02, ha="left")
    style.legend_below(drawing, axes[0], ncols=4)
    return style.finish(drawing)
