"""Theorem 4.1: does the slow SDE give the distribution of the optimizers along the ellipse?"""

from functools import partial

import numpy as np
import xarray as xr

from adamatlas.claims.estimates import mean
from adamatlas.claims.rules import Claim, above, below, claim, within
from adamatlas.claims.slow_ode import ORDER, PLAIN, SOURCE
from adamatlas.claims.words import summaries
from adamatlas.readings import names
from adamatlas.readings.li2025 import from_the_sde, learning_rates, over_seeds, scheme
from adamatlas.selection import constant, end_values
from adamatlas.theory.conditions import slow_sde

REQUIRES = ("lr", "optimizer", "seed")
QUANTITIES = ("projected_angle", "sde_mean", "sde_variance", "slow_time")
CLOSE = 0.1
MEAN, SQUARE = 0, 1


def judge(cube: xr.Dataset) -> list[Claim]:
    """Mean and standard deviation of the angle at the smallest lr, and how their error falls with lr."""
    every = names.ordered(cube["optimizer"].values.tolist(), *PLAIN, "adam")
    rates = {who: found for who in every if (found := learning_rates(cube, who)).size}
    there = list(rates)
    small = [from_the_sde(cube, who, rates[who][0])[2] for who in there]
    large = [from_the_sde(cube, who, rates[who][-1])[2] for who in there]
    ratios = np.array([rates[who][0] / rates[who][-1] for who in there])
    adaptive = [who for who in there if who not in PLAIN]
    schemes = {names.name(who): scheme(cube, who) for who in adaptive}
    conditions = slow_sde({"beta1": constant(cube, "beta1", 0.9), "c": schemes})
    known = ", ".join(map(names.name, there))
    judged = partial(claim, cube, kind="theory", source=SOURCE, conditions=conditions)
    return [
        judged(
            "mean",
            statement=f"The SDE gives the mean angle of {known} at every T, at the smallest lr",
            quantity="mean angle less the SDE's, in the SDE's standard deviations; the optimizer and T that "
            "are worst",
            estimate=mean(_worst(small, MEAN)),
            rule=within(-CLOSE, CLOSE),
            note=_at_the_end(there, small, large, MEAN),
        ),
        judged(
            "deviation",
            statement=f"The SDE gives the standard deviation of the angle within {CLOSE:.0%} (so its square "
            f"within [{(1 - CLOSE) ** 2:.2f}, {(1 + CLOSE) ** 2:.2f}]) for each of these, at every T",
            quantity="variance of the angle over the SDE's, less 1; the optimizer and T that are worst",
            estimate=mean(_worst(small, SQUARE)),
            rule=within((1 - CLOSE) ** 2 - 1, (1 + CLOSE) ** 2 - 1),
            note=_at_the_end(there, small, large, SQUARE),
        ),
        judged(
            "order",
            statement="The error of mean and variance falls with lr at least as fast as lr^(1/4)",
            quantity="error at the largest lr times (smallest / largest)^(1/4), less that at the smallest, "
            "at the last T, mean over optimizers, mean and variance",
            estimate=mean(_falls(small, large, ratios)),
            rule=above(0.0),
        ),
        _leaves(cube, {names.name(who): (who, rates[who]) for who in there}),
    ]


def _leaves(cube: xr.Dataset, runs: dict[str, tuple[str, np.ndarray]]) -> Claim:
    """Where the runs are in the end that began at the flattest point; `runs`: (optimizer, lr) by name."""
    ends = [end_values(cube, "projected_angle", optimizer=who, lr=lr[0]) for who, lr in runs.values()]
    return claim(
        cube,
        "leaves_the_tip",
        kind="extension",
        source="Definition 4.3: our example",
        statement="Noise that is not proportional to H takes the mean of each of these off the flattest "
        "point, angle 0, where label noise alone would keep it by symmetry",
        quantity="angle at the last T, at the smallest lr; the optimizer that is nearest to 0",
        estimate=mean(max(ends, key=np.mean)),
        rule=below(0.0),
        note=f"Means: {summaries(runs, ends, of=np.mean)}.",
    )


def _worst(errors: list[np.ndarray], which: int) -> np.ndarray:
    """(seed,) of the optimizer and T after the first one where the mean over seeds is farthest from 0."""
    cells = np.concatenate([found[:, 1:, which] for found in errors], axis=1)
    return cells[:, np.abs(over_seeds(cells)).argmax()]


def _falls(small: list[np.ndarray], large: list[np.ndarray], ratios: np.ndarray) -> np.ndarray:
    """(seed,): mean over optimizers and both moments of |large| ratio^(1/4) - |small|, at the last T.

    |.| by the sign of the mean over seeds.
    """
    ends = [np.stack([found[:, -1] for found in errors], axis=1) for errors in (small, large)]
    near, far = (end * np.sign(over_seeds(end)) for end in ends)
    return (far * ratios[:, None] ** ORDER - near).mean(axis=(1, 2))


def _at_the_end(there: list[str], small: list[np.ndarray], large: list[np.ndarray], which: int) -> str:
    """`At the last T: SGD: -0.02, ...; at the largest lr SGD: -0.2, ....`"""
    ends = ([found[:, -1, which] for found in errors] for errors in (small, large))
    near, far = (summaries(map(names.name, there), end, of=np.mean) for end in ends)
    return f"At the last T: {near}; at the largest lr {far}."
