"""Where Adam's update is a sign step, and how sign methods end."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from adamatlas.figures import style
from adamatlas.selection import end_values, pick

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
    """Rows: B = 100 and 2. Columns: the regime of Adam at its default betas, and the test errors of all."""
    drawing, axes = style.panels(4, rows=2, height=2.1)
    for row, size in zip(axes, (100, 2), strict=True):
        part = pick(cube, optimizer="adam", batch_size=size, beta2=float(cube["beta2"].max()))
        for axis, (name, title) in zip(row, TITLES.items(), strict=False):
            _regime(axis, part, name)
            axis.set(title=title, xlabel="step")
        row[0].set_ylabel(f"Adam, B = {size}")
        row[2].axhline(1, color=style.GREY, linewidth=0.6)
        _ends(row[3], cube, size)
    handles, labels = axes[0, 0].get_legend_handles_labels()
    more = axes[0, 3].get_legend_handles_labels()
    drawing.legend(handles + more[0], labels + more[1], loc="outside lower center", ncols=4)
    return style.finish(drawing)


def _regime(axis: Axes, part: xr.Dataset, name: str) -> None:
    kept = part["step"].values > 0
    step = part["step"].values[kept]
    for group, (color, line, label) in PARTS.items():
        values = part[name].sel(part=group).transpose("seed", "snapshot").values[:, kept]
        style.band(axis, step, values, color, label, linestyle=line)
    style.logarithmic(axis, "x")
    axis.set_ylim(-0.03, 1.1 if name == "update_ratio" else 1.03)


def _ends(axis: Axes, cube: xr.Dataset, size: int) -> None:
    """Test errors at the end, by the betas; beta2 = 0 is the sign method."""
    betas = [float(value) for value in cube["beta2"].values]
    beta1 = {
        float(two): float(one) for two, one in zip(cube["beta2"].values, cube["beta1"].values, strict=True)
    }
    for side, optimizer, twin in ((-0.2, "adam", "signsgd"), (0.2, "adamw", "signsgdw")):
        for place, beta in enumerate(betas):
            name = twin if beta == 0 else optimizer
            values = np.sort(end_values(cube, "test_error", optimizer=name, batch_size=size, beta2=beta))
            label = style.NAMES[optimizer] if place == 0 else None
            style.strip(axis, place + side, values, style.OPTIMIZERS[optimizer], width=0.12, label=label)
    names = ["sign" if beta == 0 else f"{beta1[beta]:g},\n{beta:g}" for beta in betas]
    axis.set_xticks(range(len(betas)), names, fontsize=6.5)
    axis.set(title="final test error", xlabel=r"$\beta_1,\ \beta_2$", ylim=(-0.05, 1.05))
    axis.grid(axis="x", visible=False)
