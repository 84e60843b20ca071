"""Test error over the sparsity of the noise."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from adamatlas.figures import style
from adamatlas.selection import end_values, flips

REQUIRES = ("batch_size", "optimizer", "s", "seed")
QUANTITIES = ("test_error", "feature")


def draw(cube: xr.Dataset) -> Figure:
    """One panel an optimizer: every seed at B = 100 by the number of flipped classes, and B = 2."""
    optimizers = cube["optimizer"].values.tolist()
    drawing, (axes,) = style.panels(len(optimizers), width=6.5, height=2.8, sharey=True)
    places = cube["s"].values
    for axis, optimizer in zip(axes, optimizers, strict=True):
        for size, line in ((100, "-"), (2, (0, (3, 1.5)))):
            middle = []
            for place, s in enumerate(places):
                point = {"optimizer": optimizer, "s": s, "batch_size": size}
                error, flipped = end_values(cube, "test_error", **point), flips(cube, **point)
                order = np.argsort(error)
                colors = [style.FLIPPED[int(k)] if np.isfinite(k) else style.GREY for k in flipped[order]]
                side, marker = ((-0.12, "o"), (0.3, "s"))[size == 2]
                style.strip(axis, place + side, error[order], colors, width=0.15, marker=marker)
                middle.append(np.nanmedian(error) if np.isfinite(error).any() else np.nan)
            label = f"median, B = {size}"
            axis.plot(range(len(places)), middle, color=style.GREY, linestyle=line, linewidth=1, label=label)
        axis.axhline(0.5, color="black", linewidth=0.6)
        axis.set_xticks(range(len(places)), [f"{s}" for s in places])
        axis.set(xlabel="noise coordinates s (of 999)", title=style.NAMES.get(optimizer, optimizer))
        axis.grid(axis="x", visible=False)
    axes[0].set(ylabel="test error", ylim=(-0.04, 1.04))
    for k, name in enumerate(("no class flipped", "one", "both")):
        axes[-1].scatter([], [], color=style.FLIPPED[k], s=16, label=name)
    drawing.legend(
        *axes[-1].get_legend_handles_labels(), loc="outside lower center", ncols=5, columnspacing=1.2
    )
    return style.finish(drawing)
