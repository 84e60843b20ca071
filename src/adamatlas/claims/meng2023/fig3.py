"""Figure 3: who memorizes the noise."""

import numpy as np
import xarray as xr

from adamatlas.claims import methods
from adamatlas.claims.rules import Claim, share
from adamatlas.claims.words import by_noise
from adamatlas.readings.meng2023 import common, ends, every, noisy, starts

REQUIRES = ("output_scale", "reg_lambda", "regularizer", "seed", "sigma_p", "snapshot")
QUANTITIES = ("noise", "signal")
SUPPRESSED = 0.5
"""PEGR's noise over that of standard training that counts as suppressed."""


def judge(cube: xr.Dataset) -> list[Claim]:
    """PEGR suppresses the noise, the others memorize it; as stated and rescaled."""
    return methods.judge(cube, "meng2023.fig3", _suppresses, _memorizes, _all_memorize)


def _suppresses(pegr: xr.Dataset, standard: xr.Dataset, who: str) -> methods.Judged:
    pegr, standard = common(map(noisy, (pegr, standard)))
    ratio = ends(pegr, "noise") / ends(standard, "noise")
    return {
        "statement": f"{who}: noise memorization is suppressed at sigma_p of 0.5 and more",
        "quantity": f"share of seeds in which noise ends below {SUPPRESSED} x that of standard training at "
        "each of these sigma_p",
        "estimate": share(every(ratio < SUPPRESSED, ratio)),
        "note": by_noise(pegr, ratio),
    }


def _memorizes(found: xr.Dataset, who: str) -> methods.Judged:
    ratio = ends(found, "noise") / ends(found, "signal")
    return {
        "statement": f"{who}: noise is memorized in place of the signal at sigma_p of 0.5 and more",
        "quantity": "share of seeds in which noise ends above signal at each of these sigma_p",
        "estimate": share(every(ratio > 1, ratio)),
        "note": by_noise(found, ratio),
    }


def _all_memorize(parts: list[xr.Dataset], who: str) -> methods.Judged:
    ratio = np.concatenate([ends(found, "noise") / starts(found, "noise") for found in parts], axis=1)
    return {
        "statement": f"{who}: noise memorization increases at sigma_p 0.1",
        "quantity": "share of seeds in which noise ends above its start under each method",
        "estimate": share(every(ratio > 1, ratio)),
    }
