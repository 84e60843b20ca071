"""tang2025's large batches under per-example gradient regularization."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from adamatlas.claims.cross.pegr_adam import NAMES, has_early, largest, part, sizes, swept
from adamatlas.figures import style

REQUIRES = ("batch_size", "optimizer", "reg_lambda", "reg_off_epoch", "seed", "snapshot")
QUANTITIES = ("test_error", "train_loss")


def draw(cube: xr.Dataset) -> Figure:
    """Columns: on, off early. Rows: test error and training loss at the end, test error over epochs."""
    drawing, axes = style.panels(2, rows=3, width=6.6, height=2.1)
    runs = [(name, size) for name in NAMES for size in sizes(cube, name)]
    for column, early in enumerate((False, True)):
        when = "Off after a third" if early else "On"
        for name, size in runs:
            if early and not has_early(cube, name, size):
                continue
            _sweep(axes[0, column], swept(cube, "test_error", name, size, early), cube, name, size)
            _sweep(axes[1, column], swept(cube, "train_loss", name, size, early), cube, name, size)
        for axis, title in ((axes[0, column], "test error"), (axes[1, column], "training loss")):
            _lambdas(axis, cube["reg_lambda"].values)
            axis.set_title(f"{when}: final {title}")
        axes[0, column].set_ylim(-0.04, 1.04)
        axes[0, column].axhline(0.5, color="black", linewidth=0.6)
        axes[1, column].set_ylim(-0.02, 0.8)
        _courses(axes[2, column], part(cube, "adam", largest(cube), early))
        axes[2, column].set_title(f"{when}: Adam, full batch")
    for axis, label in zip(axes[:, 0], ("test error", "training loss (nat)", "test error"), strict=True):
        axis.set_ylabel(label)
    handles, labels = axes[0, 0].get_legend_handles_labels()
    more = axes[2, 0].get_legend_handles_labels()
    drawing.legend(handles + more[0], labels + more[1], loc="outside lower center", ncols=5)
    return style.finish(drawing)


def _sweep(axis: Axes, values: xr.DataArray, cube: xr.Dataset, name: str, size: int) -> None:
    full = size == largest(cube)
    line = {"linestyle": "-" if full else (0, (3, 1.5)), "marker": "o" if full else "s", "markersize": 3}
    label = f"{style.NAMES[name]}, {'full batch' if full else f'B = {size}'}"
    style.band(
        axis, _places(values["reg_lambda"].values), values.T.values, style.OPTIMIZERS[name], label, **line
    )


def _places(strengths: np.ndarray) -> np.ndarray:
    """Positions of ascending lambdas, one apart, so that 0 has its place."""
    return np.arange(len(strengths))


def _lambdas(axis: Axes, strengths: np.ndarray) -> None:
    axis.set_xticks(_places(np.atleast_1d(strengths)), [f"{value:g}" for value in np.atleast_1d(strengths)])
    axis.set_xlabel("λ")


def _courses(axis: Axes, found: xr.Dataset) -> None:
    """Test error over epochs, one line a lambda; dotted, the regularizer is switched off."""
    found = found if "reg_lambda" in found.dims else found.expand_dims("reg_lambda")
    epoch = found["epoch"].values
    kept = np.isfinite(epoch)
    strengths = found["reg_lambda"].values
    for strength, color in zip(strengths, style.sequence(len(strengths)), strict=True):
        values = found["test_error"].sel(reg_lambda=strength).transpose("seed", "snapshot").values[:, kept]
        style.band(axis, epoch[kept], values, color, f"λ = {strength:g}")
    axis.axvline(float(found["reg_off_epoch"].max()), color=style.GREY, linewidth=0.8, linestyle=":")
    axis.axhline(0.5, color="black", linewidth=0.6)
    axis.set(xlabel="epoch", ylim=(-0.04, 1.04))
