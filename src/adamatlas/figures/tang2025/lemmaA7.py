# ruff: noqa: N999
"""Lemmas A.7 and A.8: relative errors of the gradient formulas, and the overlap of supports."""

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from adamatlas.figures import style
from adamatlas.figures.panels import batch_sizes
from adamatlas.selection import pick

REQUIRES = ("batch_size", "seed", "snapshot")
QUANTITIES = ("lemma_a7_error", "lemma_a8_error", "kernel_error", "overlap_share", "single_term_error")
EXACT = {"lemma_a7_error": "Lemma A.7", "lemma_a8_error": "Lemma A.8", "kernel_error": "compiled"}
LITERAL = {"overlap_share": "shared\ncoordinates", "single_term_error": "error of one\nterm each"}
SIZES = tuple(style.COLORS[place] for place in (3, 0, 2, 1, 4, 5, 9))


def draw(cube: xr.Dataset) -> Figure:
    """The formulas against autograd; what the assumption of disjoint supports costs."""
    drawing, axes = style.tiles(2, width=6.0, height=2.6)
    cells = batch_sizes(cube)
    sides, width = style.sides(len(cells)), 0.28 / len(cells)
    for axis, names, title in (
        (axes[0], EXACT, "Formula against autograd"),
        (axes[1], LITERAL, "Supports that overlap"),
    ):
        for number, (label, point) in enumerate(cells):
            part, color = pick(cube, **point), SIZES[number % len(SIZES)]
            for place, name in enumerate(names):
                values = part[name].values
                values = np.sort(values[np.isfinite(values)])
                shown = np.maximum(values, 1e-18) if names is EXACT else values
                style.strip(axis, place + sides[number], shown, color, width=width)
            style.key(axis, label, marker="o", linestyle="", color=color)
        style.places(axis, names.values())
        axis.set_title(title)
    axes[0].set(yscale="log", ylim=(1e-18, 1e-8), ylabel="relative error")
    axes[1].set(ylim=(-0.03, 1.03), ylabel="share, relative error")
    style.legend(axes[0], loc="upper right")
    return style.finish(drawing)
