"""One look for every figure: sizes in inches, colours safe for colour-blind readers, fonts that embed."""

from __future__ import annotations

from collections.abc import Iterable

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter

from adamatlas.figures._seaborn import sns

WIDTH = 7.0
HEIGHT = 2.6
DPI = 300

COLORS = sns.color_palette("colorblind").as_hex()
OPTIMIZERS = {
    "adam": COLORS[0],
    "adamw": COLORS[1],
    "gd": COLORS[2],
    "sgd": COLORS[2],
    "adame": COLORS[4],
    "signsgd": COLORS[9],
    "signsgdw": COLORS[8],
}
NAMES = {"adam": "Adam", "adamw": "AdamW", "adame": "AdamE", "gd": "GD", "sgd": "SGD"}
NAMES |= {"signsgd": "SignSGD", "signsgdw": "SignSGDW"}
FEATURE, NOISE = COLORS[0], COLORS[3]
TRAIN, TEST = COLORS[0], COLORS[3]
FLIPPED = (COLORS[2], COLORS[1], COLORS[3])
LABEL_LINES = {-1: (0, (3, 1.5)), 1: "-"}
GREY = "0.45"

RC = {
    "font.size": 8,
    "axes.titlesize": 8.5,
    "axes.labelsize": 8,
    "xtick.labelsize": 7.5,
    "ytick.labelsize": 7.5,
    "legend.fontsize": 7,
    "legend.frameon": False,
    "axes.linewidth": 0.7,
    "lines.linewidth": 1.3,
    "lines.markersize": 4,
    "savefig.dpi": DPI,
    "figure.dpi": 100,
    "pdf.fonttype": 42,
    "ps.fonttype": 42,
    "axes.grid": True,
    "grid.color": "0.92",
    "grid.linewidth": 0.6,
    "axes.axisbelow": True,
    "axes.titlelocation": "left",
}


def panels(columns: int, rows: int = 1, width: float = WIDTH, height: float = HEIGHT, **options) -> tuple:
    """(figure, axes (rows, columns)) in the atlas's style."""
    sns.set_theme(context="paper", style="ticks", palette="colorblind", rc=RC)
    drawing, axes = plt.subplots(
        rows, columns, figsize=(width, height * rows), layout="constrained", squeeze=False, **options
    )
    drawing.get_layout_engine().set(w_pad=0.06, h_pad=0.05)
    return drawing, axes


def finish(drawing: Figure) -> Figure:
    """Letter the panels and take away the upper and right spines."""
    shown = [axis for axis in drawing.axes if axis.get_visible()]
    for letter, axis in zip("abcdefghijkl", shown, strict=False):
        sns.despine(ax=axis)
        if len(shown) > 1:
            axis.set_title(f"({letter}) {axis.get_title(loc='left')}", loc="left")
    return drawing


def sequence(count: int) -> list[str]:
    """Colours from light to dark for ordered values."""
    return sns.color_palette("crest", count).as_hex()


def early(axis: Axes, x: np.ndarray) -> None:
    """A logarithmic axis that begins with 0: linear up to the first positive value."""
    positive = x[np.isfinite(x) & (x > 0)]
    if not positive.size:
        return
    axis.set_xscale("symlog", linthresh=positive.min(), linscale=0.3)
    axis.set_xlim(0, positive.max())
    low, high = np.floor(np.log10(positive.min())), np.floor(np.log10(positive.max()))
    stride = max(1, int(np.ceil((high - low) / 5)))
    ticks = 10.0 ** np.arange(high, low - 1, -stride)
    axis.set_xticks([0, *sorted(tick for tick in ticks if tick >= 2 * positive.min())])
    axis.minorticks_off()


def logarithmic(axis: Axes, which: str) -> None:
    """A logarithmic axis, unless nothing positive is drawn."""
    if getattr(axis.dataLim, f"{which}1") > 0:
        axis.set(**{f"{which}scale": "log"})
        {"x": axis.xaxis, "y": axis.yaxis}[which].set_minor_formatter(NullFormatter())


def plain(axis: Axes, which: str, values: Iterable[float]) -> None:
    """A logarithmic axis over the range of `values` with plain numbers as ticks."""
    known = np.asarray(list(values), dtype=float)
    known = known[np.isfinite(known) & (known > 0)]
    if not known.size:
        return
    low, high = known.min() / 1.15, known.max() * 1.15
    powers = range(int(np.floor(np.log10(low))), int(np.ceil(np.log10(high))) + 1)
    for digits in ((1,), (1, 3), (1, 2, 5)):
        ticks = [digit * 10.0**power for power in powers for digit in digits]
        ticks = [tick for tick in ticks if low <= tick <= high]
        if len(ticks) >= 3:
            break
    edit = {"x": axis.xaxis, "y": axis.yaxis}[which]
    axis.set(**{f"{which}scale": "log", f"{which}lim": (low, high)})
    edit.set_ticks(ticks, [f"{tick:g}" for tick in ticks])
    edit.set_ticks([], minor=True)


def runs(axis: Axes, x: np.ndarray, values: np.ndarray, color: str, **line) -> None:
    """One thin line per seed, `values` (seed, snapshot)."""
    axis.plot(x, values.T, color=color, linewidth=0.7, alpha=0.55, **line)


def band(axis: Axes, x: np.ndarray, values: np.ndarray, color: str, label: str = "", **line) -> None:
    """Median over seeds and the range from the smallest to the largest, `values` (seed, x); a gap where no
    seed has a value.
    """
    known = np.isfinite(values).any(axis=0)
    low, middle, high = np.full((3, len(known)), np.nan)
    if known.any():
        low[known], middle[known], high[known] = np.nanquantile(values[:, known], [0, 0.5, 1], axis=0)
    axis.fill_between(x, low, high, color=color, alpha=0.18, lw=0)
    axis.plot(x, middle, color=color, label=label, **line)


def strip(
    axis: Axes, place: float, values: Iterable[float], color: object, width: float = 0.22, **marks
) -> None:
    """Points at one place of a categorical axis, spread so that none hides another."""
    values = np.asarray(list(values), dtype=float)
    offsets = np.linspace(-width, width, len(values)) if len(values) > 1 else np.zeros(len(values))
    size, edge = (16, 0.4) if len(values) <= 20 else (5, 0)
    axis.scatter(
        place + offsets, values, c=color, s=size, edgecolors="white", linewidths=edge, zorder=3, **marks
    )


def legend(axis: Axes, **options) -> None:
    """The legend of a panel, if it has entries."""
    if axis.get_legend_handles_labels()[1]:
        axis.legend(**{"handlelength": 1.8, "borderaxespad": 0.3, **options})
