"""Test accuracy over lambda and sigma_p under PEGR and FGR, with the thresholds of the linear theory."""

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.collections import QuadMesh
from matplotlib.figure import Figure

from adamatlas.figures import style
from adamatlas.readings import names
from adamatlas.readings.meng2023 import COVARIANCE, FGR, PEGR, accuracy, setting
from adamatlas.selection import pick
from adamatlas.theory import linear_growth

REQUIRES = ("reg_lambda", "regularizer", "seed", "sigma_p")
QUANTITIES = ("test_accuracy",)
SHOWS = {"reg_lambda": "above 0"}


def draw(cube: xr.Dataset) -> Figure:
    """One map a regularizer of the grid, mean over seeds; crosses where a run diverged."""
    kinds = names.ordered(cube["regularizer"].values.tolist(), PEGR, FGR)
    drawing, axes = style.tiles(len(kinds), width=6.6, height=3.4)
    for axis, kind in zip(axes, kinds, strict=True):
        mesh = _map(axis, accuracy(cube, kind).mean("seed"))
        _diverged(axis, cube, kind)
        if kind in (PEGR, FGR, COVARIANCE):
            _thresholds(axis, kind, setting(cube))
        axis.set(xlabel=r"noise $\sigma_p$", title=names.name(kind))
    style.label_rows(axes, "λ")
    style.legend_below(drawing, axes[0], ncols=2)
    style.finish(drawing)
    bar = drawing.colorbar(mesh, ax=axes, orientation="horizontal", shrink=0.4, aspect=30)
    bar.ax.set_title("test accuracy", loc="left")
    return drawing


def _map(axis: Axes, values: xr.DataArray) -> QuadMesh:
    values = values[:, values["reg_lambda"].values > 0]
    x, y = _edges(values["sigma_p"].values), np.exp(_edges(np.log(values["reg_lambda"].values)))
    axis.set_facecolor("0.8")
    axis.grid(visible=False)
    axis.set(yscale="log", xlim=x[[0, -1]], ylim=y[[0, -1]])
    look = {"vmin": 0.4, "vmax": 1, "cmap": "cividis", "linewidth": 0, "rasterized": True}
    return axis.pcolormesh(x, y, np.ma.masked_invalid(values.values.T), **look)


def _edges(centres: np.ndarray) -> np.ndarray:
    """The borders of cells around ascending centres."""
    if len(centres) == 1:
        return np.array([centres[0] - 0.5, centres[0] + 0.5])
    middle = (centres[1:] + centres[:-1]) / 2
    return np.concatenate([[2 * centres[0] - middle[0]], middle, [2 * centres[-1] - middle[-1]]])


def _diverged(axis: Axes, cube: xr.Dataset, kind: str) -> None:
    lost = (pick(cube, "sigma_p", "reg_lambda", regularizer=kind)["status"] == 2).any("seed")
    sigma, strength = np.nonzero(lost.values)
    marks = {"marker": "x", "s": 14, "linewidths": 0.9, "color": style.COLORS[3], "zorder": 4}
    axis.scatter(lost["sigma_p"].values[sigma], lost["reg_lambda"].values[strength], **marks)


def _thresholds(axis: Axes, kind: str, at: linear_growth.Setting) -> None:
    sigma = np.linspace(*axis.get_xlim(), 200)
    sigma = sigma[sigma > 0]
    even = linear_growth.equal_growth(kind, sigma, at)
    still = linear_growth.no_signal_growth(at, kind)
    lines = (
        (np.where(even > 0, even, np.nan), "-", "signal and noise grow alike"),
        (linear_growth.no_noise_growth(kind, sigma, at), (0, (4, 1.5)), "noise stops growing"),
        (linear_growth.overshoot(kind, sigma, at), (0, (1, 1)), "one step turns the noise's sign"),
        (np.full(sigma.size, still), (0, (4, 1, 1, 1)), "signal stops growing"),
    )
    for values, line, label in lines:
        axis.plot(sigma, values, color="white", linewidth=2.6)
        axis.plot(sigma, values, color="black", linewidth=1.1, linestyle=line, label=label)
