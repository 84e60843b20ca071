"""Figure 3: who memorizes the noise."""

from __future__ import annotations

import numpy as np
import xarray as xr

from adamatlas.claims.rules import Claim, above, claim, share
from adamatlas.claims.words import by_noise
from adamatlas.readings import meng2023

REQUIRES = ("output_scale", "reg_lambda", "regularizer", "seed", "sigma_p", "snapshot")
QUANTITIES = ("noise", "signal")
SUPPRESSED = 0.5
"""PEGR's noise over that of standard training that counts as suppressed."""


def judge(cube: xr.Dataset) -> list[Claim]:
    """PEGR suppresses the noise, the others memorize it; as stated and rescaled."""
    out = [
        one
        for variant in meng2023.VARIANTS
        for one in (
            _suppresses(cube, variant, meng2023.LAMBDA, f"pegr_{variant}"),
            _memorizes(cube, "fgr", variant),
            _memorizes(cube, "standard", variant),
            _low_noise(cube, variant),
        )
    ]
    return [*out, _suppresses(cube, "rescaled", meng2023.LARGER, "pegr_larger_lambda")]


def _suppresses(cube: xr.Dataset, variant: str, strength: float, name: str) -> Claim:
    regularized, standard = meng2023.common(
        meng2023.noisy(found)
        for found in (
            meng2023.part(cube, "pegr", variant, strength),
            meng2023.part(cube, "standard", variant),
        )
    )
    ratio = meng2023.ends(regularized, "noise") / meng2023.ends(standard, "noise")
    return claim(
        cube,
        name,
        source="Figure 3",
        statement=f"{meng2023.who('pegr', variant)}, lambda = {strength:g}: noise memorization is suppressed "
        "at sigma_p of 0.5 and more",
        quantity=f"share of seeds in which noise ends below {SUPPRESSED} x that of standard training at each "
        "of these sigma_p",
        estimate=share(meng2023.every(ratio < SUPPRESSED, ratio)),
        rule=above(0.5),
        note=by_noise(regularized, ratio),
        group="meng2023.fig3",
    )


def _memorizes(cube: xr.Dataset, method: str, variant: str) -> Claim:
    found = meng2023.noisy(meng2023.part(cube, method, variant))
    ratio = meng2023.ends(found, "noise") / meng2023.ends(found, "signal")
    return claim(
        cube,
        f"{method}_{variant}",
        source="Figure 3",
        statement=f"{meng2023.who(method, variant)}: noise is memorized in place of the signal at sigma_p of "
        "0.5 and more",
        quantity="share of seeds in which noise ends above signal at each of these sigma_p",
        estimate=share(meng2023.every(ratio > 1, ratio)),
        rule=above(0.5),
        note=by_noise(found, ratio),
        group="meng2023.fig3",
    )


def _low_noise(cube: xr.Dataset, variant: str) -> Claim:
    parts = meng2023.common(meng2023.quiet(meng2023.part(cube, name, variant)) for name in meng2023.METHODS)
    ratio = np.concatenate(
        [meng2023.ends(one, "noise") / meng2023.starts(one, "noise") for one in parts], axis=1
    )
    return claim(
        cube,
        f"low_noise_{variant}",
        source="Figure 3",
        statement="All three methods "
        f"({meng2023.VARIANTS[variant][1]}): noise memorization increases at sigma_p 0.1",
        quantity="share of seeds in which noise ends above its start under each method",
        estimate=share(meng2023.every(ratio > 1, ratio)),
        rule=above(0.5),
        group="meng2023.fig3",
    )
