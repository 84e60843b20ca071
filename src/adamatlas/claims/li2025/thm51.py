"""Theorems 5.1 and 5.2: does the projected gradient of the implicit regularizer vanish at the end?"""

from __future__ import annotations

import numpy as np
import xarray as xr

from adamatlas.claims.rules import Claim, below, claim, mean
from adamatlas.readings.li2025 import ellipse
from adamatlas.readings.names import name as known_as
from adamatlas.selection import at_end, runs

REQUIRES = ("optimizer", "seed", "start_angle")
QUANTITIES = ("regularizer_level", "stationarity")
VANISHES = 0.05
AT_THE_MINIMUM = 0.03
REGULARIZERS = {"sgd": "tr(H)", "adam": "tr(Diag(H)^(1/2))"}


def judge(cube: xr.Dataset) -> list[Claim]:
    """The gradient along the manifold, and the regularizer's level, at the end of each optimizer's runs."""
    return [judged(cube, name) for name in REGULARIZERS for judged in (_stationary, _lowest)]


def _stationary(cube: xr.Dataset, optimizer: str) -> Claim:
    return claim(
        cube,
        f"{optimizer}_stationary",
        source="Theorem 5.1" if optimizer == "adam" else "Theorem 5.2",
        statement=f"{known_as(optimizer)} ends where the gradient of {REGULARIZERS[optimizer]} has no part "
        "along the ellipse",
        quantity=f"share of that gradient along the ellipse at the end, {known_as(optimizer)}",
        estimate=mean(_ends(cube, "stationarity", optimizer), of="runs"),
        rule=below(VANISHES),
        note="The minimum is a kink, where this gradient does not exist." if optimizer == "adam" else "",
    )


def _lowest(cube: xr.Dataset, optimizer: str) -> Claim:
    level = _ends(cube, "regularizer_level", optimizer)
    return claim(
        cube,
        f"{optimizer}_minimum",
        source="Theorem 5.1" if optimizer == "adam" else "Theorem 5.2",
        statement=f"{known_as(optimizer)} ends at the smallest {REGULARIZERS[optimizer]} on the ellipse",
        quantity=f"{REGULARIZERS[optimizer]} at the end over its minimum, minus 1, {known_as(optimizer)}",
        estimate=mean(level / ellipse(cube).lowest[optimizer] - 1.0, of="runs"),
        rule=below(AT_THE_MINIMUM),
    )


def _ends(cube: xr.Dataset, name: str, optimizer: str) -> np.ndarray:
    """A quantity at the end of an optimizer's runs (start, seed)."""
    return at_end(runs(cube, "start_angle", optimizer=optimizer), name).values
