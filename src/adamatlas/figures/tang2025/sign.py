"""Where Adam's update is a sign step, and how sign methods end."""

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from adamatlas.figures import style
from adamatlas.figures.panels import batch_sizes
from adamatlas.readings import names
from adamatlas.selection import end_values, history, runs

REQUIRES = ("batch_size", "beta1", "beta2", "optimizer", "part", "seed", "snapshot")
QUANTITIES = ("regime_share", "sign_agreement", "update_ratio", "test_error")
PARTS = {
    "feature": (style.FEATURE, "-", "feature coordinate"),
    "support": (style.NOISE, "--", "noise coordinates of the batch"),
}
TITLES = {
    "regime_share": "share with |g| ≥ lr",
    "sign_agreement": "sign agreement there",
    "update_ratio": "|update| / lr there",
}


def draw(cube: xr.Dataset) -> Figure:
    """Rows: batch sizes. Columns: the regime of Adam at its default betas, and the test errors of all."""
    cells = batch_sizes(cube)
    drawing, axes = style.panels(4, rows=len(cells), height=2.1)
    for row, (title, point) in zip(axes, cells, strict=True):
        part = runs(cube, optimizer="adam", beta2=float(cube["beta2"].max()), **point)
        for axis, (name, what) in zip(row, TITLES.items(), strict=False):
            _regime(axis, part, name)
            axis.set(title=what, xlabel="step")
        row[0].set_ylabel(f"Adam, {title}")
        row[2].axhline(1, color=style.GREY, linewidth=0.6)
        _ends(row[3], cube, point)
    style.legend_below(drawing, axes[0, 0], axes[0, 3], ncols=4)
    return style.finish(drawing)


def _regime(axis: Axes, part: xr.Dataset, name: str) -> None:
    course = history(part, name)
    course = course.isel(snapshot=course["step"].values > 0)
    for group, (color, line, label) in PARTS.items():
        style.band(axis, course["step"], course.sel(part=group), color, label, linestyle=line)
    style.logarithmic(axis, "x")
    axis.set_ylim(-0.03, 1.1 if name == "update_ratio" else 1.03)


def _ends(axis: Axes, cube: xr.Dataset, point: dict) -> None:
    """Test errors at the end, by the betas: of the sign methods of Adam and AdamW at beta2 = 0."""
    optimizers = names.ordered(cube["optimizer"].values.tolist(), *names.SIGN_METHODS)
    twins = {names.SIGN_METHODS.get(name) for name in optimizers}
    shown = [name for name in optimizers if name not in twins]
    for side, optimizer in zip(style.sides(len(shown)), shown, strict=True):
        for place, beta2 in enumerate(cube["beta2"].values):
            for name in (optimizer, names.SIGN_METHODS.get(optimizer, "none")):
                values = np.sort(end_values(cube, "test_error", optimizer=name, beta2=beta2, **point))
                style.strip(axis, place + side, values, style.color(optimizer), width=0.24 / len(shown))
        style.key(axis, names.name(optimizer), marker="o", linestyle="", color=style.color(optimizer))
    betas = zip(cube["beta1"].values, cube["beta2"].values, strict=True)
    labels = ["sign" if beta2 == 0 else f"{beta1:g},\n{beta2:g}" for beta1, beta2 in betas]
    axis.set_xticks(range(len(labels)), labels, fontsize=6.5)
    axis.set(title="final test error", xlabel=r"$\beta_1,\ \beta_2$", ylim=(-0.05, 1.05))
    axis.grid(axis="x", visible=False)
