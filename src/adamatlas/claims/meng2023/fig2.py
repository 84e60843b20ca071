"""Figure 2: who learns the signal, and at which noise."""

import numpy as np
import xarray as xr

from adamatlas.claims import methods
from adamatlas.claims.rules import Claim, share
from adamatlas.claims.words import by_noise, summaries
from adamatlas.readings.meng2023 import METHODS, ends, every, starts

REQUIRES = ("output_scale", "reg_lambda", "regularizer", "seed", "sigma_p", "snapshot")
QUANTITIES = ("signal",)
LEARNED = 10
"""By what factor the signal must exceed its start to count as learned."""


def judge(cube: xr.Dataset) -> list[Claim]:
    """PEGR learns everywhere, the others at low noise alone; as stated and rescaled."""
    return methods.judge(cube, "meng2023.fig2", _learns, _fails, _all_learn)


def _growth(found: xr.Dataset) -> np.ndarray:
    """signal at the end over its start (seed, sigma_p)."""
    return ends(found, "signal") / starts(found, "signal")


def _learns(pegr: xr.Dataset, _: xr.Dataset, who: str) -> methods.Judged:
    ratio = _growth(pegr)
    return {
        "statement": f"{who}: the signal is learned at every sigma_p",
        "quantity": f"share of seeds in which signal ends above {LEARNED} x its start at every sigma_p",
        "estimate": share(every(ratio > LEARNED, ratio)),
        "note": by_noise(pegr, ratio),
    }


def _fails(found: xr.Dataset, who: str) -> methods.Judged:
    ratio = _growth(found)
    return {
        "statement": f"{who}: the signal is not learned at sigma_p of 0.5 and more",
        "quantity": f"share of seeds in which signal ends below {LEARNED} x its start at each of these "
        "sigma_p",
        "estimate": share(every(ratio <= LEARNED, ratio)),
        "note": by_noise(found, ratio),
    }


def _all_learn(parts: list[xr.Dataset], who: str) -> methods.Judged:
    ratios = [_growth(found) for found in parts]
    together = np.concatenate(ratios, axis=1)
    medians = summaries((name for _, name in METHODS.values()), ratios)
    return {
        "statement": f"{who} learn the signal at sigma_p 0.1",
        "quantity": f"share of seeds in which signal ends above {LEARNED} x its start under each method",
        "estimate": share(every(together > LEARNED, together)),
        "note": f"Median ratio: {medians}." if medians else "",
    }
