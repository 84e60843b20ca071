"""Equation (3): does the label-noise ODE track the optimizers? The claims of both problems."""

import xarray as xr

from adamatlas.claims.rules import Claim, above, below, claim, mean, slope
from adamatlas.readings import names
from adamatlas.readings.li2025 import gaps

SOURCE = "Theorem 4.1, Equation (3)"
ALPHA = {"corrected": "alpha/4", "printed": "the printed alpha/2"}
TRACKS = 0.1
ORDER = 0.25
"""Theorem 4.1 bounds the error by lr^(1/4), up to logarithms."""


def judge(cube: xr.Dataset, where: str, also: str = "") -> list[Claim]:
    """Each optimizer is tracked at the smallest lr, and better at smaller ones; and the printed factor.

    `where` and `also` say on which problem: within a statement, and at its end.
    """
    return [
        _tracks(cube, "sgd_tracks", "sgd", "corrected", where),
        _order(cube, "sgd", also),
        _tracks(cube, "adam_tracks", "adam", "corrected", where),
        _order(cube, "adam", also),
        _tracks(cube, "sgd_printed", "sgd", "printed", where),
    ]


def _tracks(cube: xr.Dataset, name: str, optimizer: str, factor: str, where: str) -> Claim:
    rates, values = gaps(cube, optimizer, factor)
    return claim(
        cube,
        name,
        source=SOURCE,
        statement=f"The ODE with {ALPHA[factor]} tracks {names.name(optimizer)} {where} at the smallest lr",
        quantity="largest distance from the ODE over how far the path gets",
        estimate=mean(values[:, :1]),
        rule=below(TRACKS),
        note=f"lr {rates[0]:g}; the projection is kept." if rates.size else "",
    )


def _order(cube: xr.Dataset, optimizer: str, also: str) -> Claim:
    rates, values = gaps(cube, optimizer, "corrected")
    return claim(
        cube,
        f"{optimizer}_order",
        source=SOURCE,
        statement=f"The error of {names.name(optimizer)}'s ODE falls with lr, at least as fast as "
        f"lr^(1/4){also}",
        quantity="exponent of the gap over lr, fitted for each seed",
        estimate=mean([slope(rates, row) for row in values]),
        rule=above(ORDER),
        paper_value=ORDER,
    )
