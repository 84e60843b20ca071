"""Figure 2: who learns the signal, and at which noise."""

import numpy as np
import xarray as xr

from adamatlas.claims import methods
from adamatlas.claims.estimates import every
from adamatlas.claims.rules import Claim
from adamatlas.claims.words import by_noise
from adamatlas.readings.meng2023 import ends, holds, noisy, starts, succeeds

REQUIRES = ("output_scale", "reg_lambda", "regularizer", "seed", "sigma_p", "snapshot")
QUANTITIES = ("signal",)
LEARNED = 10
"""By what factor the signal must exceed its start to count as learned at high noise."""


def judge(cube: xr.Dataset) -> list[Claim]:
    """PEGR learns at high noise and the others do not; at low noise the signal increases under each."""
    return methods.judge(cube, "meng2023.fig2", _learns, _fail, _increases)


def _growth(found: xr.Dataset) -> np.ndarray:
    """signal at the end over its start (seed, sigma_p)."""
    return ends(found, "signal") / starts(found, "signal")


def _learns(pegr: xr.Dataset, _: xr.Dataset, who: str) -> methods.Judged:
    pegr = noisy(pegr)
    ratio = _growth(pegr)
    return {
        "statement": f"{who} learns the signal at sigma_p of 0.5 and more",
        "quantity": f"signal at the end > {LEARNED} x its start, by sigma_p",
        "estimate": every(succeeds(pegr, ratio, ratio > LEARNED)),
        "note": f"Signal at the end over its start: {by_noise(pegr, ratio)}",
    }


def _fail(parts: list[xr.Dataset], who: str) -> methods.Judged:
    ratio = np.concatenate([_growth(found) for found in parts], axis=1)
    return {
        "statement": f"{who} do not learn the signal at sigma_p of 0.5 and more",
        "quantity": f"signal at the end <= {LEARNED} x its start, by method and sigma_p",
        "estimate": every(holds(ratio, ratio <= LEARNED)),
    }


def _increases(parts: list[xr.Dataset], who: str) -> methods.Judged:
    ratio = np.concatenate([_growth(found) for found in parts], axis=1)
    return {
        "statement": f"{who}: signal learning increases at sigma_p 0.1",
        "quantity": "signal at the end > its start, by method",
        "estimate": every(holds(ratio, ratio > 1)),
        "note": f"Signal at the end over its start under PEGR: {by_noise(parts[0], _growth(parts[0]))}",
    }
