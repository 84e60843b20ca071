"""Stage I under sign descent: courses, rates, and the time of the flip."""

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from adamatlas.figures import style
from adamatlas.readings import names
from adamatlas.readings.zou2023 import STAGE_ONE, rates, strength
from adamatlas.selection import history, pick

REQUIRES = ("lr", "optimizer", "s", "seed", "sigma_p", "snapshot")
QUANTITIES = ("feature", "noise_max")
MARKERS = ("o", "D", "s", "^")


def draw(cube: xr.Dataset) -> Figure:
    """Noise and feature at the middle learning rate, then rates and turning times against s sigma_p."""
    drawing, axes = style.tiles(4, most=4, height=2.7)
    lr = float(np.sort(cube["lr"].values)[cube.sizes["lr"] // 2])
    spread = style.sequence(cube.sizes["s"])
    optimizers = names.ordered(cube["optimizer"].values.tolist(), "signsgd", "adam")
    for s, color in style.shades(cube["s"]):
        for number, optimizer in enumerate(optimizers):
            part = pick(cube, optimizer=optimizer, s=s, lr=lr)
            look = {"label": f"s = {s}" if number == 0 else "", "linestyle": style.LINES[number % 4]}
            for axis, name in zip(axes, ("noise_max", "feature"), strict=False):
                course = history(part, name)
                style.band(axis, course["step"] * lr, course, color, **look)
    axes[0].axhline(STAGE_ONE, color=style.GREY, linewidth=0.7, linestyle=":")
    axes[1].axhline(0, color=style.GREY, linewidth=0.7)
    for axis, title in zip(axes, ("Noise", "Feature", "Noise rate / lr", "lr × turning step"), strict=True):
        axis.set_title(title)
    for axis in axes[:2]:
        axis.set_xlabel("lr × step")
    _power(axes[2], rates(cube, "signsgd"), "noise", 1, spread, "o")
    for number, optimizer in enumerate(optimizers):
        found = rates(cube, optimizer)
        found["turn"] = found["turn"] * found["lr"]
        _power(axes[3], found, "turn", -1, spread, MARKERS[number % 4])
        style.key(axes[0], names.name(optimizer), linestyle=style.LINES[number % 4])
    style.legend_below(drawing, axes[0], ncols=7, columnspacing=1.2)
    return style.finish(drawing)


def _power(axis: Axes, found: xr.Dataset, name: str, exponent: int, spread: list[str], marker: str) -> None:
    """A rate against s sigma_p with a line of the lemma's exponent through the first point."""
    x = strength(found)
    values = found[name].transpose("s", "lr", "seed").values.reshape(len(x), -1)
    for here, row, color in zip(x, values, spread, strict=True):
        axis.scatter(np.full(row.size, here), row, color=color, s=9, marker=marker, zorder=3)
    first = values[0][np.isfinite(values[0])]
    if first.size:
        line = np.median(first) * (x / x[0]) ** exponent
        axis.plot(x, line, color=style.GREY, linewidth=0.9, linestyle="--", label=f"slope {exponent}")
    style.plain(axis, "x", x)
    style.plain(axis, "y", values.ravel())
    axis.set_xlabel(r"$s\,\sigma_p$")
    style.legend(axis, loc="best")
