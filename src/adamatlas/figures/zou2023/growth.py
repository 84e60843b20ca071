"""Stage I under sign descent: courses, rates, and the time of the flip."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from adamatlas.claims.zou2023.growth import STAGE_ONE, rates, strength
from adamatlas.figures import style
from adamatlas.selection import pick

REQUIRES = ("lr", "optimizer", "s", "seed", "sigma_p", "snapshot")
QUANTITIES = ("feature", "noise_max")
LINES = {"signsgd": "-", "adam": (0, (3, 1.5))}


def draw(cube: xr.Dataset) -> Figure:
    """Noise and feature at one learning rate, then rates and turning times against s sigma_p."""
    drawing, (axes,) = style.panels(4, height=2.7)
    lr = float(np.sort(cube["lr"].values)[cube.sizes["lr"] // 2])
    spread = style.sequence(cube.sizes["s"])
    for s, color in zip(cube["s"].values.tolist(), spread, strict=True):
        for optimizer, line in LINES.items():
            part = pick(cube, optimizer=optimizer, s=s, lr=lr)
            kept = part["step"].values >= 0
            moment = part["step"].values[kept] * lr
            label = f"s = {s}" if optimizer == "signsgd" else ""
            for axis, name in ((axes[0], "noise_max"), (axes[1], "feature")):
                values = part[name].transpose("label", "seed", "snapshot").values.reshape(-1, kept.size)
                style.band(axis, moment, values[:, kept], color, label, linestyle=line)
    axes[0].axhline(STAGE_ONE, color=style.GREY, linewidth=0.7, linestyle=":")
    axes[1].axhline(0, color=style.GREY, linewidth=0.7)
    axes[0].set_title("Noise")
    axes[1].set_title("Feature")
    for axis in axes[:2]:
        axis.set_xlabel("lr × step")
    found = rates(cube, "signsgd")
    _power(axes[2], found, "noise", 1, spread, "o")
    axes[2].set_title("Noise rate / lr")
    for optimizer, marker in (("signsgd", "o"), ("adam", "D")):
        found = rates(cube, optimizer)
        found["turn"] = found["turn"] * found["lr"]
        _power(axes[3], found, "turn", -1, spread, marker)
    axes[3].set_title("lr × turning step")
    for optimizer, line in LINES.items():
        axes[0].plot([], [], color=style.GREY, linestyle=line, label=style.NAMES[optimizer])
    handles, labels = axes[0].get_legend_handles_labels()
    drawing.legend(handles, labels, loc="outside lower center", ncols=len(labels), columnspacing=1.2)
    return style.finish(drawing)


def _power(axis: Axes, found: xr.Dataset, name: str, exponent: int, spread: list[str], marker: str) -> None:
    """A rate against s sigma_p with a line of the lemma's exponent through the first point."""
    x = strength(found)
    values = found[name].transpose("s", "lr", "seed").values.reshape(len(x), -1)
    for place, color in zip(range(len(x)), spread, strict=True):
        here = np.full(values.shape[1], x[place])
        axis.scatter(here, values[place], color=color, s=9, marker=marker, zorder=3)
    middle = np.array([np.median(v[np.isfinite(v)]) if np.isfinite(v).any() else np.nan for v in values])
    if np.isfinite(middle[0]):
        line = middle[0] * (x / x[0]) ** exponent
        axis.plot(x, line, color=style.GREY, linewidth=0.9, linestyle="--", label=f"slope {exponent}")
    style.plain(axis, "x", x)
    if np.isfinite(values).any():
        style.plain(axis, "y", values.ravel())
    axis.set_xlabel(r"$s\,\sigma_p$")
    style.legend(axis, loc="best")
