"""The earliest epoch to switch PEGR off over the size of the initial weights, with T1 and linear theory."""

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from adamatlas.figures import style
from adamatlas.readings.meng2023 import critical_times, numbers
from adamatlas.theory.signal_noise import signal_time

REQUIRES = ("reg_off_epoch", "seed", "sigma_0", "sigma_p")
QUANTITIES = ("test_accuracy",)
SHOWS = {"reg_off_epoch": "the earliest that generalizes"}


def draw(cube: xr.Dataset) -> Figure:
    """One panel for each sigma_p; a point is a seed."""
    at, times = numbers(cube), critical_times(cube)
    drawing, panels = style.tiles(times.sizes["sigma_p"], width=6.2, height=2.6, sharey=True)
    starts = times["sigma_0"].values
    reach = np.geomspace(starts.min(), starts.max(), 20)
    for axis, sigma_p in zip(panels, times["sigma_p"].values.tolist(), strict=True):
        points = [at | {"sigma_p": sigma_p, "sigma_0": sigma_0} for sigma_0 in reach]
        for corrected, line in ((False, (0, (4, 1.5))), (True, "-")):
            ends = [signal_time(point, corrected) for point in points]
            label = f"T1, {'corrected' if corrected else 'printed'}"
            axis.plot(reach, ends, color=style.GREY, linestyle=line, label=label)
        growth = sigma_p * np.sqrt(at["d"]) / at["m"]
        label = r"$(2m/\eta)\,\log(1/\sigma_0)\;m/(\sigma_p\sqrt{d})$"
        axis.plot(reach, -2 * at["m"] / at["lr"] * np.log(reach) / growth, color="black", label=label)
        found = times.sel(sigma_p=sigma_p).values
        axis.scatter(
            np.tile(starts, len(found)), found, s=14, color=style.COLORS[0], zorder=3, label="earliest"
        )
        axis.set(xscale="log", xlabel=r"initial weights $\sigma_0$", title=rf"$\sigma_p$ = {sigma_p:g}")
        axis.invert_xaxis()
    style.label_rows(panels, "epoch")
    style.legend_below(drawing, panels[0], ncols=4)
    return style.finish(drawing)
