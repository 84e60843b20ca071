"""Equation (3): does the label-noise ODE track the optimizers? The claims of both problems."""

from functools import partial

import numpy as np
import xarray as xr

from adamatlas.claims.estimates import mean, share, slope
from adamatlas.claims.rules import Claim, above, claim
from adamatlas.claims.words import summaries
from adamatlas.readings import names
from adamatlas.readings.li2025 import gaps, scheme
from adamatlas.selection import constant, exceeds
from adamatlas.theory.conditions import Condition, slow_sde

TRACKS = 0.1
ORDER = 0.25
"""Theorem 4.1 bounds the error by lr^(1/4), up to logarithms."""
SOURCE = "Theorem 4.1"
PLAIN = ("sgd", "sgdm")


def judge(cube: xr.Dataset, where: str) -> list[Claim]:
    """Every optimizer is tracked at its smallest lr, and better at smaller ones; and the printed factor.

    `where` says on which problem. Theorem 4.1 bounds expectations; these are paths, so more is asked here.
    """
    there = names.ordered(cube["optimizer"].values.tolist(), *PLAIN, "adam")
    proved = partial(claim, cube, kind="theory", conditions=_conditions(cube, there))
    known = ", ".join(names.name(optimizer) for optimizer in there)
    quantity = (
        f"share of seeds where the largest distance from the ODE is below {TRACKS:g} of how far the path gets"
    )
    orders = [[slope(rates, row) for row in found] for rates, found in _each(cube, there, "corrected")]
    return [
        proved(
            "tracks",
            source=f"{SOURCE}, with the drift of Definition 3.1",
            statement=f"The ODE with alpha/4 tracks {known} {where} at the smallest lr",
            quantity=quantity,
            estimate=share(1.0 - exceeds(_smallest(cube, there, "corrected"), TRACKS)),
            rule=above(0.5),
            note=_said(cube, there, "corrected"),
        ),
        proved(
            "order",
            source=SOURCE,
            statement=f"The error {where} falls with lr at least as fast as lr^(1/4), for each of these",
            quantity="exponent of the gap over lr, the smallest over optimizers, for each seed",
            estimate=mean(np.min(orders, axis=0) if orders else np.nan),
            rule=above(ORDER),
            paper_value=ORDER,
            note=f"Medians: {summaries(map(names.name, there), map(np.array, orders))}.",
        ),
        proved(
            "printed",
            source="Equation (3) as printed",
            statement=f"The ODE with the printed alpha/2 tracks SGD and Adam {where} at the smallest lr",
            quantity=quantity,
            estimate=share(1.0 - exceeds(_smallest(cube, ["sgd", "adam"], "printed"), TRACKS)),
            rule=above(0.5),
            note=f"The projection is kept. {_said(cube, ['sgd', 'adam'], 'printed')}",
        ),
    ]


def _each(cube: xr.Dataset, optimizers: list[str], factor: str) -> list[tuple[np.ndarray, np.ndarray]]:
    """(lr, gaps (seed, lr)) of each optimizer."""
    return [gaps(cube, optimizer, factor) for optimizer in optimizers]


def _smallest(cube: xr.Dataset, optimizers: list[str], factor: str) -> np.ndarray:
    """The gaps at each optimizer's smallest lr (seed, optimizer)."""
    found = [values[:, 0] for _, values in _each(cube, optimizers, factor) if values.size]
    return np.array(found).T if len(found) == len(optimizers) else np.full((1, 1), np.nan)


def _said(cube: xr.Dataset, optimizers: list[str], factor: str) -> str:
    """`Medians of the gap: SGD (lr 0.005) 0.0056, ...`."""
    each = zip(optimizers, _each(cube, optimizers, factor), strict=True)
    found = {f"{names.name(who)} (lr {lr[0]:g})": gap[:, 0] for who, (lr, gap) in each if gap.size}
    return f"Medians of the gap: {summaries(found, found.values())}."


def _conditions(cube: xr.Dataset, optimizers: list[str]) -> list[Condition]:
    adaptive = [who for who in optimizers if who not in PLAIN]
    schemes = {names.name(who): scheme(cube, who) for who in adaptive}
    return slow_sde({"beta1": constant(cube, "beta1", 0.9), "c": schemes})
