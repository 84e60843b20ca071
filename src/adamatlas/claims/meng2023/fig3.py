"""Figure 3: who memorizes the noise."""

import numpy as np
import xarray as xr

from adamatlas.claims import methods
from adamatlas.claims.estimates import every
from adamatlas.claims.rules import Claim
from adamatlas.claims.words import by_noise
from adamatlas.readings.meng2023 import common, ends, holds, noisy, starts, succeeds

REQUIRES = ("output_scale", "reg_lambda", "regularizer", "seed", "sigma_p", "snapshot")
QUANTITIES = ("noise", "signal")
SUPPRESSED = 0.5
"""PEGR's noise over that of standard training that counts as suppressed."""


def judge(cube: xr.Dataset) -> list[Claim]:
    """PEGR suppresses the noise, the others memorize it; at low noise it increases under each."""
    return methods.judge(cube, "meng2023.fig3", _suppresses, _memorize, _increases)


def _suppresses(pegr: xr.Dataset, standard: xr.Dataset, who: str) -> methods.Judged:
    pegr, standard = common(map(noisy, (pegr, standard)))
    ratio = ends(pegr, "noise") / ends(standard, "noise")
    return {
        "statement": f"{who} suppresses noise memorization at sigma_p of 0.5 and more",
        "quantity": f"noise at the end < {SUPPRESSED} x that of standard training, by sigma_p",
        "estimate": every(succeeds(pegr, ratio, ratio < SUPPRESSED)),
        "note": f"Noise over that of standard training: {by_noise(pegr, ratio)}",
    }


def _memorize(parts: list[xr.Dataset], who: str) -> methods.Judged:
    ratio = np.concatenate([ends(found, "noise") / ends(found, "signal") for found in parts], axis=1)
    return {
        "statement": f"{who} memorize the noise in place of the signal at sigma_p of 0.5 and more",
        "quantity": "noise at the end > signal, by method and sigma_p",
        "estimate": every(holds(ratio, ratio > 1)),
    }


def _increases(parts: list[xr.Dataset], who: str) -> methods.Judged:
    ratio = np.concatenate([ends(found, "noise") / starts(found, "noise") for found in parts], axis=1)
    return {
        "statement": f"{who}: noise memorization increases at sigma_p 0.1",
        "quantity": "noise at the end > its start, by method",
        "estimate": every(holds(ratio, ratio > 1)),
    }
