# ruff: noqa: N999
"""Lemmas A.7 and A.8: relative errors of the gradient formulas, and the overlap of supports."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from adamatlas.figures import style
from adamatlas.selection import pick

REQUIRES = ("batch_size", "seed", "snapshot")
QUANTITIES = ("lemma_a7_error", "lemma_a8_error", "kernel_error", "overlap_share", "single_term_error")
EXACT = {"lemma_a7_error": "Lemma A.7", "lemma_a8_error": "Lemma A.8", "kernel_error": "compiled"}
LITERAL = {"overlap_share": "shared\ncoordinates", "single_term_error": "error of one\nterm each"}


def draw(cube: xr.Dataset) -> Figure:
    """The formulas against autograd; what the assumption of disjoint supports costs."""
    drawing, (axes,) = style.panels(2, width=6.0, height=2.6)
    for axis, names, title in (
        (axes[0], EXACT, "Formula against autograd"),
        (axes[1], LITERAL, "Supports that overlap"),
    ):
        for place, name in enumerate(names):
            for side, size, color in ((-0.2, 100, style.NOISE), (0.2, 2, style.FEATURE)):
                values = pick(cube, batch_size=size)[name].values.ravel()
                values = np.sort(values[np.isfinite(values)])
                floor = np.maximum(values, 1e-18) if names is EXACT else values
                label = f"B = {size}" if place == 0 else None
                style.strip(axis, place + side, floor, color, width=0.14, label=label)
        axis.set_xticks(range(len(names)), list(names.values()))
        axis.set_xlim(-0.6, len(names) - 0.4)
        axis.grid(axis="x", visible=False)
        axis.set_title(title)
    axes[0].set(yscale="log", ylim=(1e-18, 1e-8), ylabel="relative error")
    axes[1].set(ylim=(-0.03, 1.03), ylabel="share, relative error")
    style.legend(axes[0], loc="upper right")
    return style.finish(drawing)
