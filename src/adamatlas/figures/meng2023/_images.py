"""One history of the image networks over epochs, a panel for each noise level."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from adamatlas.claims.meng2023 import _images
from adamatlas.figures import style

LINES = {
    "standard training": (style.GREY, "-"),
    "PEGR, λ chosen": (style.COLORS[0], "-"),
    "FGR, λ chosen": (style.COLORS[1], (0, (5, 1.5))),
    "PEGR, λ = 0.1 as stated": (style.COLORS[3], (0, (2, 1))),
}


def panels(cube: xr.Dataset, name: str, label: str, title: str) -> Figure:
    """Median and range over seeds; a dotted line marks the epoch from which the regularizers are off.

    Methods that the grid lacks, or whose runs all diverged, are left out.
    """
    courses = dict(
        zip(
            LINES,
            (
                _images.standard(cube, name),
                _images.chosen(cube, name, "pegr"),
                _images.chosen(cube, name, "fgr"),
                _images.at(cube, name, "pegr", _images.LAMBDA),
            ),
            strict=True,
        )
    )
    courses = {who: course for who, course in courses.items() if np.isfinite(course.values).any()}
    levels = cube["sigma_p"].values
    columns = 2 if len(levels) > 1 else 1
    rows = -(-len(levels) // columns)
    drawing, axes = style.panels(columns, rows=rows, height=2.2, sharey=True)
    for place, axis in enumerate(axes.flat):
        axis.set_visible(place < len(levels))
        if place >= len(levels):
            continue
        for who, course in courses.items():
            color, line = LINES[who]
            style.band(axis, course.epoch, course.values[:, place], color, who, linestyle=line)
        axis.axvline(float(np.max(cube["reg_off_epoch"])), color=style.GREY, linewidth=0.8, linestyle=":")
        axis.set(title=rf"$\sigma_p$ = {levels[place]:g}", xlabel="epoch")
    for row in axes:
        row[0].set_ylabel(label)
    drawing.suptitle(f"{title}: LeNet5, {_images.dataset(cube)}", fontsize=9, x=0.02, ha="left")
    drawing.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=4)
    return style.finish(drawing)
