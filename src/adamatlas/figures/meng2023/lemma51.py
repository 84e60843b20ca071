"""Lemma 5.1: one update by the printed and the corrected formula against double backward."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from adamatlas.figures import style

REQUIRES = ("factor", "reg_lambda", "seed", "sigma_p", "snapshot")
QUANTITIES = ("formula_error", "compiled_error")
FLOOR = 1e-17
NAMES = {"printed": "printed\n1 + 4λζℓ''/m", "corrected": "corrected\n1 + 4λζℓ''/m²"}


def draw(cube: xr.Dataset) -> Figure:
    """Left: every run and snapshot. Right: the printed formula's error along the run."""
    drawing, (axes,) = style.panels(2, width=6.0, height=2.8)
    columns = [(name, cube["formula_error"].sel(factor=key)) for key, name in NAMES.items()]
    columns.append(("compiled", cube["compiled_error"]))
    for place, (_, values) in enumerate(columns):
        known = values.values[np.isfinite(values.values)]
        style.strip(axes[0], place, np.sort(np.maximum(known, FLOOR)), style.COLORS[place], width=0.3)
    axes[0].set_xticks(range(len(columns)), [name for name, _ in columns])
    axes[0].set(yscale="log", ylim=(FLOOR, 1e2), xlim=(-0.6, 2.6), title="Update against double backward")
    axes[0].set_ylabel("relative error")
    axes[0].grid(axis="x", visible=False)
    levels = cube["sigma_p"].values
    for sigma, color in zip(levels, style.sequence(len(levels)), strict=True):
        values = cube["formula_error"].sel(factor="printed", sigma_p=sigma)
        others = [dim for dim in values.dims if dim != "snapshot"]
        values = values.stack(run=others).transpose("run", "snapshot").values
        kept = np.isfinite(values).any(axis=0)
        epoch = _epochs(cube)[kept]
        style.band(
            axes[1], epoch, values[:, kept], color, rf"$\sigma_p$ = {sigma:g}", marker="o", markersize=3
        )
    axes[1].set(xlabel="epoch", title="The printed formula")
    style.logarithmic(axes[1], "y")
    drawing.legend(*axes[1].get_legend_handles_labels(), loc="outside lower right", ncols=3)
    return style.finish(drawing)


def _epochs(cube: xr.Dataset) -> np.ndarray:
    """The epochs of the snapshots, the same in every cell."""
    epoch = cube["epoch"]
    return epoch.max([dim for dim in epoch.dims if dim != "snapshot"]).values
