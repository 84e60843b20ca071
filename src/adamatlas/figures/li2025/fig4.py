"""Sharpness and errors of the matrix factorization, SGD beside Adam."""

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from adamatlas.figures import style
from adamatlas.readings import names
from adamatlas.selection import late_values, pick

REQUIRES = ("n_train", "optimizer", "rank", "seed")
QUANTITIES = ("test_loss", "trace_h", "trace_sqrt_h", "train_loss")
TITLES = {
    "trace_h": r"$\mathrm{tr}(H)$",
    "trace_sqrt_h": r"$\mathrm{tr}(\mathrm{Diag}(H)^{1/2})$",
    "test_loss": "test error",
}


def draw(cube: xr.Dataset) -> Figure:
    """Above, the course at the middle rank and n; below, the ends at every rank and n, Adam over SGD."""
    drawing, axes = style.panels(3, rows=2, height=2.4)
    optimizers = names.ordered(cube["optimizer"].values.tolist(), "sgd", "adam")
    rank, n = (cube[name].values[cube.sizes[name] // 2] for name in ("rank", "n_train"))
    others = [optimizer for optimizer in optimizers if optimizer != "sgd"]
    for (above, below), (name, title) in zip(axes.T, TITLES.items(), strict=True):
        for optimizer in optimizers:
            part, color = pick(cube, optimizer=optimizer, rank=rank, n_train=n), style.color(optimizer)
            style.course(above, part, name, "step", color, names.name(optimizer))
            if name == "test_loss":
                style.course(above, part, "train_loss", "step", color, linestyle=style.DASHED)
        above.ticklabel_format(axis="x", style="sci", scilimits=(0, 0))
        above.set(xlabel="step", title=f"{title}, r = {rank}, n = {n}")
        style.logarithmic(above, "y")
        _ends(below, cube, name, others)
        over = names.name(others[0]) if len(others) == 1 else "others"
        below.set(xlabel="measurements n", title=f"{title}, {over} over SGD")
    style.legend(axes[0, 0], loc="best")
    style.legend(axes[1, 0], loc="best")
    return style.finish(drawing)


def _ends(axis: Axes, cube: xr.Dataset, name: str, optimizers: list[str]) -> None:
    """The ratio to SGD of each seed: ranks by colour, optimizers by marker."""
    ranks, sizes = cube["rank"].values, cube["n_train"].values
    for k, (rank, color) in enumerate(style.shades(ranks)):
        side = (k - (len(ranks) - 1) / 2) * 0.6 / max(len(ranks), 2)
        for place, n in enumerate(sizes):
            point = {"rank": rank, "n_train": n}
            sgd = late_values(cube, name, optimizer="sgd", **point)
            for number, optimizer in enumerate(optimizers):
                other = late_values(cube, name, optimizer=optimizer, **point)
                ratio = other / sgd if other.size == sgd.size else [np.nan]
                marks = {"width": 0.2 / max(len(ranks), 2), "marker": style.MARKERS[number % 4]}
                style.strip(axis, place + side, ratio, color, **marks)
        axis.scatter([], [], color=color, s=16, label=f"r = {rank}")
    for number, optimizer in enumerate(optimizers if len(optimizers) > 1 else []):
        style.key(axis, names.name(optimizer), marker=style.MARKERS[number % 4], linestyle="")
    axis.axhline(1.0, color="black", linewidth=0.6)
    axis.set_xticks(range(len(sizes)), [f"{n}" for n in sizes])
    axis.grid(axis="x", visible=False)
