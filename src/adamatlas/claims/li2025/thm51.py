"""Theorems 5.1 and 5.2: does the projected gradient of the implicit regularizer vanish at the end?"""

from __future__ import annotations

import numpy as np
import xarray as xr

from adamatlas.claims.rules import Claim, below, claim, mean
from adamatlas.selection import at_end, pick

REQUIRES = ("optimizer", "seed", "start_angle")
QUANTITIES = ("stationarity", "regularizer_level")
VANISHES = 0.05
AT_THE_MINIMUM = 0.03
LEVELS = {"sgd": 1.0, "adam": float(np.sqrt(1.6))}
"""The smallest tr(H), 4 / a^2, and tr(Diag(H)^(1/2)), (8 / (a^2 + b^2))^(1/2), for a = 2 and b = 1."""
NAMES = {"sgd": "SGD", "adam": "Adam"}
REGULARIZERS = {"sgd": "tr(H)", "adam": "tr(Diag(H)^(1/2))"}


def judge(cube: xr.Dataset) -> list[Claim]:
    """The gradient along the manifold, and the regularizer's level, at the end of each optimizer's runs."""
    return [judged(cube, name) for name in NAMES for judged in (_stationary, _lowest)]


def _stationary(cube: xr.Dataset, optimizer: str) -> Claim:
    return claim(
        cube,
        f"{optimizer}_stationary",
        source="Theorem 5.1" if optimizer == "adam" else "Theorem 5.2",
        statement=f"{NAMES[optimizer]} ends where the gradient of {REGULARIZERS[optimizer]} has no part "
        "along the ellipse",
        quantity=f"share of that gradient along the ellipse at the end, {NAMES[optimizer]}",
        estimate=mean(at_end(pick(cube, optimizer=optimizer), "stationarity").values, of="runs"),
        rule=below(VANISHES),
        note="The minimum is a kink, where this gradient does not exist." if optimizer == "adam" else "",
    )


def _lowest(cube: xr.Dataset, optimizer: str) -> Claim:
    level = at_end(pick(cube, optimizer=optimizer), "regularizer_level").values
    return claim(
        cube,
        f"{optimizer}_minimum",
        source="Theorem 5.1" if optimizer == "adam" else "Theorem 5.2",
        statement=f"{NAMES[optimizer]} ends at the smallest {REGULARIZERS[optimizer]} on the ellipse",
        quantity=f"{REGULARIZERS[optimizer]} at the end over its minimum, minus 1, {NAMES[optimizer]}",
        estimate=mean(level / LEVELS[optimizer] - 1.0, of="runs"),
        rule=below(AT_THE_MINIMUM),
    )
