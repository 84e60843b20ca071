"""Figure 3: who memorizes the noise."""

from __future__ import annotations

import numpy as np
import xarray as xr

from adamatlas.claims.meng2023 import _runs
from adamatlas.claims.rules import Claim, above, claim, share

REQUIRES = ("output_scale", "reg_lambda", "regularizer", "seed", "sigma_p", "snapshot")
QUANTITIES = ("signal", "noise")
SUPPRESSED = 0.5
"""PEGR's noise over that of standard training that counts as suppressed."""


def judge(cube: xr.Dataset) -> list[Claim]:
    """PEGR suppresses the noise, the others memorize it; as stated and rescaled."""
    out = [
        one
        for variant in _runs.VARIANTS
        for one in (
            _suppresses(cube, variant, _runs.LAMBDA, f"pegr_{variant}"),
            _memorizes(cube, "fgr", variant),
            _memorizes(cube, "standard", variant),
            _low_noise(cube, variant),
        )
    ]
    return [*out, _suppresses(cube, "rescaled", _runs.LARGER, "pegr_larger_lambda")]


def _suppresses(cube: xr.Dataset, variant: str, strength: float, name: str) -> Claim:
    regularized, standard = _runs.common(
        _runs.noisy(found)
        for found in (_runs.part(cube, "pegr", variant, strength), _runs.part(cube, "standard", variant))
    )
    ratio = _runs.ends(regularized, "noise") / _runs.ends(standard, "noise")
    return claim(
        cube,
        name,
        source="Figure 3",
        statement=f"{_runs.who('pegr', variant)}, lambda = {strength:g}: noise memorization is suppressed at "
        "sigma_p of 0.5 and more",
        quantity=f"share of seeds in which noise ends below {SUPPRESSED} x that of standard training at each "
        "of these sigma_p",
        estimate=share(_runs.every(ratio < SUPPRESSED, ratio)),
        rule=above(0.5),
        note=_runs.by_noise(regularized, ratio),
        group="meng2023.fig3",
    )


def _memorizes(cube: xr.Dataset, method: str, variant: str) -> Claim:
    found = _runs.noisy(_runs.part(cube, method, variant))
    ratio = _runs.ends(found, "noise") / _runs.ends(found, "signal")
    return claim(
        cube,
        f"{method}_{variant}",
        source="Figure 3",
        statement=f"{_runs.who(method, variant)}: noise is memorized in place of the signal at sigma_p of "
        "0.5 and more",
        quantity="share of seeds in which noise ends above signal at each of these sigma_p",
        estimate=share(_runs.every(ratio > 1, ratio)),
        rule=above(0.5),
        note=_runs.by_noise(found, ratio),
        group="meng2023.fig3",
    )


def _low_noise(cube: xr.Dataset, variant: str) -> Claim:
    parts = _runs.common(_runs.quiet(_runs.part(cube, name, variant)) for name in _runs.METHODS)
    ratio = np.concatenate([_runs.ends(one, "noise") / _runs.starts(one, "noise") for one in parts], axis=1)
    return claim(
        cube,
        f"low_noise_{variant}",
        source="Figure 3",
        statement="All three methods "
        f"({_runs.VARIANTS[variant][1]}): noise memorization increases at sigma_p 0.1",
        quantity="share of seeds in which noise ends above its start under each method",
        estimate=share(_runs.every(ratio > 1, ratio)),
        rule=above(0.5),
        group="meng2023.fig3",
    )
