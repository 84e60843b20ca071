"""Where the optimizers are along the ellipse, beside the slow SDE."""

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from adamatlas.figures import style
from adamatlas.readings import names
from adamatlas.readings.li2025 import from_the_sde, learning_rates, over_seeds
from adamatlas.selection import runs

REQUIRES = ("lr", "optimizer", "seed")
QUANTITIES = ("projected_angle", "sde_mean", "sde_variance", "slow_time")


def draw(cube: xr.Dataset) -> Figure:
    """Mean and standard deviation of the angle over T: lines and bands the SDE, points the runs."""
    optimizers = names.ordered(cube["optimizer"].values.tolist(), "sgd", "sgdm", "adam")
    drawing, axes = style.tiles(len(optimizers), most=2, height=2.5, sharey=True)
    for axis, optimizer in zip(axes, optimizers, strict=True):
        rates = learning_rates(cube, optimizer)
        for lr, color in zip(rates, style.sequence(len(rates))[::-1], strict=True):
            time, (mean, variance), _ = from_the_sde(cube, optimizer, lr)
            reach, smallest = np.sqrt(variance), lr == rates[0]
            line = "-" if smallest else style.DASHED
            axis.plot(time, mean, color=color, linestyle=line, label=f"SDE for lr {lr:g}")
            if smallest:
                axis.fill_between(time, mean - reach, mean + reach, color=color, alpha=0.18, lw=0)
            angles = runs(cube, "seed", "snapshot", optimizer=optimizer, lr=lr)["projected_angle"].values[
                :, 1:
            ]
            beside = time + (0.0 if smallest else 0.02 * time[-1])
            look = {"marker": "o" if smallest else "s", "linestyle": "", "elinewidth": 0.8, "capsize": 2}
            middle = over_seeds(angles)
            bars = np.sqrt(over_seeds((angles - middle) ** 2))
            axis.errorbar(beside, middle, bars, color=color, label=f"lr {lr:g}", **look)
        axis.set(xlabel="T = lr² steps", title=names.name(optimizer))
    style.label_rows(axes, "angle on the ellipse")
    style.legend_below(drawing, *axes, ncols=4)
    return style.finish(drawing)
