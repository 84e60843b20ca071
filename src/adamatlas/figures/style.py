"""One look for every figure: sizes in inches, colours safe for colour-blind readers, fonts that embed."""

import math
import sys
from collections.abc import Iterable
from zlib import crc32

import matplotlib as mpl
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter

from adamatlas.selection import history

# seaborn can do without scipy, which takes longer to load than all else that a figure needs
_scipy = sys.modules.setdefault("scipy", None)
import seaborn as sns  # noqa: E402

if _scipy is None:
    del sys.modules["scipy"]

WIDTH = 7.0
HEIGHT = 2.6
LETTERS = "abcdefghijklmnopqrstuvwxyz"

COLORS = sns.color_palette("colorblind").as_hex()
KNOWN = {
    "adam": COLORS[0],
    "adamw": COLORS[1],
    "gd": COLORS[2],
    "sgd": COLORS[2],
    "sgdm": "#01553e",
    "adame": COLORS[4],
    "rmsprop": COLORS[5],
    "adam_mini": COLORS[6],
    "adalayer": "#7a3600",
    "adasgd": COLORS[7],
    "signsgd": COLORS[9],
    "signsgdw": COLORS[8],
    "signum": "#1d5878",
    "per_example_gradient": COLORS[0],
    "full_gradient": COLORS[1],
}
"""Colours of presets and regularizers; `color` has one for every other."""
OTHERS = (COLORS[3], "#5d3a58", "#6b4a2b", "#4d4d4d")
FEATURE, NOISE = COLORS[0], COLORS[3]
TRAIN, TEST = COLORS[0], COLORS[3]
FLIPPED = (COLORS[2], COLORS[1], COLORS[3])
GREY = "0.45"
DASHED, DOTTED = (0, (3, 1.5)), (0, (1, 1))
LINES = ("-", DASHED, DOTTED, (0, (4, 1, 1, 1)))
MARKERS = ("o", "s", "^", "D")
LABEL_LINES = {-1: DASHED, 1: "-"}

LOOK = {
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 8,
    "axes.titlesize": 8.5,
    "axes.titlelocation": "left",
    "axes.labelsize": 8,
    "xtick.labelsize": 7.5,
    "ytick.labelsize": 7.5,
    "legend.fontsize": 7,
    "legend.frameon": False,
    "axes.linewidth": 0.7,
    "axes.axisbelow": True,
    "axes.grid": True,
    "grid.color": "0.92",
    "grid.linewidth": 0.6,
    "lines.linewidth": 1.3,
    "lines.markersize": 4,
    "savefig.dpi": 300,
    "pdf.fonttype": 42,
    "ps.fonttype": 42,
}


def panels(columns: int, rows: int = 1, width: float = WIDTH, height: float = HEIGHT, **options) -> tuple:
    """(figure, axes (rows, columns)) in the atlas's style; `height` is that of one row."""
    mpl.rcdefaults()  # whatever a user's matplotlibrc says
    sns.set_theme(context="paper", style="ticks", palette="colorblind", rc=LOOK)
    drawing = Figure(figsize=(width, height * rows), layout="constrained")
    FigureCanvasAgg(drawing)
    drawing.get_layout_engine().set(w_pad=0.06, h_pad=0.05)
    return drawing, drawing.subplots(rows, columns, squeeze=False, **options)


def tiles(count: int, most: int = 3, **options) -> tuple[Figure, list[Axes]]:
    """(figure, `count` axes) in rows of at most `most`."""
    columns = max(1, min(count, most))
    drawing, axes = panels(columns, rows=max(1, math.ceil(count / columns)), **options)
    for axis in axes.flat[count:]:
        axis.set_visible(False)
    return drawing, list(axes.flat[:count])


def label_rows(axes: Iterable[Axes], label: str) -> None:
    """The label of the y axis at the first panel of each row."""
    for axis in axes:
        if axis.get_subplotspec().is_first_col():
            axis.set_ylabel(label)


def finish(drawing: Figure) -> Figure:
    """Letter the panels and take away the upper and right spines."""
    shown = [axis for axis in drawing.axes if axis.get_visible()]
    for number, axis in enumerate(shown):
        sns.despine(ax=axis)
        if len(shown) > 1:
            letter = LETTERS[number % len(LETTERS)] * (1 + number // len(LETTERS))
            axis.set_title(f"({letter}) {axis.get_title(loc='left')}", loc="left")
    return drawing


def color(value: str) -> str:
    """The colour of a preset or regularizer: its own, the same in every figure."""
    return KNOWN.get(value) or OTHERS[crc32(value.encode()) % len(OTHERS)]


def sequence(count: int) -> list[str]:
    """Colours from light to dark for ordered values."""
    return sns.color_palette("crest", count).as_hex()


def shades(values: Iterable) -> list[tuple]:
    """Ordered values, each with its colour of `sequence`."""
    values = np.asarray(values).tolist()
    return list(zip(values, sequence(len(values)), strict=True))


def sides(count: int, reach: float = 0.2) -> list[float]:
    """Offsets of `count` strips side by side around a place; each may be 1.4 reach / count wide."""
    return np.linspace(-reach, reach, count).tolist() if count > 1 else [0.0]


def early(axis: Axes, x: np.ndarray) -> None:
    """A logarithmic axis that begins with 0: linear up to the first positive value."""
    x = np.asarray(x)
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


def plain_together(axes: Iterable[Axes], which: str) -> None:
    """`plain` for all axes, over what is drawn in any of them, if it is positive."""
    axes = list(axes)
    limits = [getattr(axis.dataLim, f"interval{which}") for axis in axes]
    for axis in axes if np.min(limits) > 0 else []:
        plain(axis, which, np.ravel(limits))


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
    for digits in ((1,), (1, 3), (1, 2, 5), range(1, 10)):
        ticks = [digit * 10.0**power for power in powers for digit in digits]
        ticks = [tick for tick in ticks if low <= tick <= high]
        if len(ticks) >= 3:
            break
    edit = {"x": axis.xaxis, "y": axis.yaxis}[which]
    axis.set(**{f"{which}scale": "log", f"{which}lim": (low, high)})
    edit.set_ticks(ticks, [f"{tick:g}" for tick in ticks])
    edit.set_ticks([], minor=True)


def places(axis: Axes, names: Iterable[object], **options) -> None:
    """A categorical axis: a place for each name."""
    names = [str(name) for name in names]
    axis.set_xticks(range(len(names)), names, **options)
    axis.set_xlim(-0.6, len(names) - 0.4)
    axis.grid(axis="x", visible=False)


def each(axis: Axes, x: np.ndarray, values: np.ndarray, color: str, **line) -> None:
    """One thin line a run, `values` (..., x)."""
    axis.plot(x, _flat(values).T, color=color, linewidth=0.7, alpha=0.55, **line)


def band(axis: Axes, x: np.ndarray, values: np.ndarray, color: str, label: str = "", **line) -> None:
    """Median over all runs and the range from the smallest to the largest, `values` (..., x); a gap where no
    run has a value.
    """
    values = _flat(values)
    known = np.isfinite(values).any(axis=0)
    low, middle, high = np.full((3, len(known)), np.nan)
    if known.any():
        low[known], middle[known], high[known] = np.nanquantile(values[:, known], [0, 0.5, 1], axis=0)
    axis.fill_between(x, low, high, color=color, alpha=0.18, lw=0)
    axis.plot(x, middle, color=color, label=label, **line)


def course(
    axis: Axes, part: xr.Dataset, name: str, over: str, color: str, label: str = "", **line
) -> xr.DataArray:
    """The `band` of a quantity over its `step` or `epoch`, which is returned."""
    values = history(part, name)
    band(axis, values[over], values, color, label, **line)
    return values[over]


def _flat(values: np.ndarray) -> np.ndarray:
    values = np.asarray(values)
    return values.reshape(math.prod(values.shape[:-1]), values.shape[-1])


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


def key(axis: Axes, label: str, **look) -> None:
    """A legend entry without data."""
    axis.plot([], [], label=label, **{"color": GREY, **look})


def legend(axis: Axes, **options) -> None:
    """The legend of a panel, if it has entries."""
    if axis.get_legend_handles_labels()[1]:
        axis.legend(**{"handlelength": 1.8, "borderaxespad": 0.3, **options})


def legend_below(drawing: Figure, *axes: Axes, **options) -> None:
    """The legend of some panels below all, each entry once."""
    entries = {}
    for axis in axes:
        for handle, label in zip(*axis.get_legend_handles_labels(), strict=True):
            entries.setdefault(label, handle)
    drawing.legend(entries.values(), entries.keys(), loc="outside lower center", **options)
