"""Distance to the unique solution of a convex problem."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from adamatlas.claims.zou2023.thm42 import between
from adamatlas.figures import style
from adamatlas.selection import along, pick

REQUIRES = ("lr", "optimizer", "seed", "snapshot", "weight_decay")
QUANTITIES = ("distance", "solution", "solution_norm")
FLOOR = 1e-10
LINES = ("-", "--", ":", "-.")


def draw(cube: xr.Dataset) -> Figure:
    """Distance over steps for each optimizer; distance between the two at the end."""
    drawing, (axes,) = style.panels(3, height=2.8)
    axes[0].sharey(axes[1])
    decays = cube["weight_decay"].values.tolist()
    colors = dict(zip(decays, style.sequence(len(decays)), strict=True))
    for axis, name in zip(axes, ("gd", "adam"), strict=False):
        part = pick(cube, optimizer=name)
        distance, status = (along(part[key], "lr", "weight_decay") for key in ("distance", "status"))
        ran = [lr for lr in status["lr"].values if (status.sel(lr=lr) > 0).any()]
        kept = part["step"].values > 0
        for lr, line in zip(ran, LINES, strict=False):
            for decay in decays:
                chosen = distance.sel(lr=lr, weight_decay=decay)
                values = chosen.transpose("seed", "snapshot").values[:, kept]
                style.band(axis, part["step"].values[kept], values, colors[decay], linestyle=line)
            axis.plot([], [], color=style.GREY, linestyle=line, label=f"lr = {lr:g}")
        axis.set(xlabel="step", title=style.NAMES[name])
        style.logarithmic(axis, "x")
        style.logarithmic(axis, "y")
        axis.set_ylim(bottom=max(axis.get_ylim()[0], FLOOR))
        style.legend(axis, loc="lower left")
    axes[0].set_ylabel(r"$\|w - w^*\| \,/\, \|w^*\|$")
    gap = along(between(cube), "weight_decay").transpose("weight_decay", "seed")
    for decay in decays:
        values = np.sort(gap.sel(weight_decay=decay).values)
        style.strip(axes[2], decays.index(decay), values, colors[decay])
    axes[2].set_xticks(range(len(decays)), [f"{decay:g}" for decay in decays])
    axes[2].set_xlim(-0.6, len(decays) - 0.4)
    axes[2].set(xlabel="weight decay (colours)", title="Between the two")
    style.logarithmic(axes[2], "y")
    axes[2].set_ylabel(r"$\|w_{\rm Adam} - w_{\rm GD}\| \,/\, \|w^*\|$")
    axes[2].grid(axis="x", visible=False)
    return style.finish(drawing)
