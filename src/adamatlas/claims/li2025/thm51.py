"""Theorems 5.1 and 5.2: does the projected gradient of the implicit regularizer vanish at the end?"""

import xarray as xr

from adamatlas.claims.rules import Claim, below, claim, mean
from adamatlas.readings.li2025 import ellipse
from adamatlas.readings.names import name as known_as
from adamatlas.selection import at_end, runs

REQUIRES = ("optimizer", "seed", "start_angle")
QUANTITIES = ("regularizer_level", "stationarity")
VANISHES = 0.05
AT_THE_MINIMUM = 0.03


def judge(cube: xr.Dataset) -> list[Claim]:
    """The gradient along the manifold, and the regularizer's level, at the end of each optimizer's runs."""
    return [
        *_ends(cube, "sgd", "tr(H)", "Theorem 5.2"),
        *_ends(
            cube,
            "adam",
            "tr(Diag(H)^(1/2))",
            "Theorem 5.1",
            note="The minimum is a kink, where this gradient does not exist.",
        ),
    ]


def _ends(cube: xr.Dataset, optimizer: str, regularizer: str, source: str, note: str = "") -> list[Claim]:
    part, who = runs(cube, "start_angle", optimizer=optimizer), known_as(optimizer)
    level = at_end(part, "regularizer_level").values
    return [
        claim(
            cube,
            f"{optimizer}_stationary",
            source=source,
            statement=f"{who} ends where the gradient of {regularizer} has no part along the ellipse",
            quantity=f"share of that gradient along the ellipse at the end, {who}",
            estimate=mean(at_end(part, "stationarity").values, of="runs"),
            rule=below(VANISHES),
            note=note,
        ),
        claim(
            cube,
            f"{optimizer}_minimum",
            source=source,
            statement=f"{who} ends at the smallest {regularizer} on the ellipse",
            quantity=f"{regularizer} at the end over its minimum, minus 1, {who}",
            estimate=mean(level / ellipse(cube).lowest[optimizer] - 1.0, of="runs"),
            rule=below(AT_THE_MINIMUM),
        ),
    ]
