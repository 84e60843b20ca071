"""What decides whether small batches generalize: alpha, the memory of Adam, and the overlap of the noise."""

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from adamatlas.figures import style
from adamatlas.figures.panels import batch_sizes
from adamatlas.readings.axes import values
from adamatlas.readings.tang2025 import owners
from adamatlas.selection import at_end, constant, runs

REQUIRES = ("alpha", "batch_size", "beta2", "d", "sampler", "seed")
QUANTITIES = ("test_error",)
SHOWS = {"sampler": "disjoint and sparse"}


def draw(cube: xr.Dataset) -> Figure:
    """Test error of every seed and its median over alpha, beta2 and the examples that share a coordinate."""
    drawing, axes = style.tiles(3, height=2.7, sharey=True)
    disjoint, sparse = {"sampler": "disjoint"}, {"sampler": "sparse"}
    wide = max([0, *values(cube.isel(sampler=cube["sampler"].values == "disjoint"), "d")])
    paper, slow = float(cube["alpha"].max()), float(cube["beta2"].max())
    _over(axes[0], cube, "alpha", **disjoint, d=wide, beta2=slow)
    held = constant(cube, "s", 100) * constant(cube, "sigma_p", 0.1) ** 2 / constant(cube, "n_train", 20)
    axes[0].axvline(held, color=style.GREY, linewidth=0.8, linestyle=":")
    axes[0].set(xlabel=r"feature noise $\alpha$", title="no overlap")
    _over(axes[1], cube, "beta2", **disjoint, d=wide, alpha=paper)
    axes[1].set(xlabel=r"$\beta_2$", title=rf"no overlap, $\alpha$ = {paper:g}")
    _over(axes[2], cube, "d", **sparse, alpha=paper, beta2=slow)
    axes[2].set(xlabel="examples that share a coordinate", title=rf"overlap, $\alpha$ = {paper:g}")
    for axis in axes:
        axis.axhline(0.5, color="black", linewidth=0.6)
        axis.set_ylim(-0.04, 1.04)
    style.label_rows(axes, "test error")
    style.legend_below(drawing, axes[0], ncols=2)
    return style.finish(drawing)


def _over(axis: Axes, cube: xr.Dataset, dim: str, **point: object) -> None:
    """One line a batch size, the largest first; beta2 at even places, the others on a logarithmic axis."""
    cells = batch_sizes(cube)
    for number, ((title, size), color) in enumerate(
        zip(cells, style.sequence(len(cells))[::-1], strict=True)
    ):
        errors = at_end(runs(cube, "seed", dim, **point, **size), "test_error")
        errors = owners(cube, errors) if dim == "d" else errors
        ran = np.isfinite(errors.values).any(axis=0)
        x = np.arange(ran.size) if dim == "beta2" else errors[dim].values
        look = {"marker": style.MARKERS[number % 4], "markersize": 3}
        if ran.any():
            style.band(axis, x[ran], errors.values[:, ran], color, title, **look)
    if dim == "beta2":
        axis.set_xticks(range(cube.sizes[dim]), [f"{value:g}" for value in cube[dim].values])
    else:
        style.plain(axis, "x", errors[dim].values)
