"""Figure 3: one trajectory's two time scales, the way to the manifold and the drift along it."""

import numpy as np
import xarray as xr

from adamatlas.claims.rules import Claim, above, below, claim, mean, slope, within
from adamatlas.claims.words import summaries
from adamatlas.readings.li2025 import each_run, learning_rates, paths, scales, times
from adamatlas.readings.names import name as known_as

REQUIRES = ("label_noise_scale", "lr", "optimizer", "seed")
QUANTITIES = ("angle", "excess")
SOURCE = "Figure 3"
STAYS = 0.05


def judge(cube: xr.Dataset) -> list[Claim]:
    """The ratio of the two times, their orders in lr, and the run without label noise."""
    return [
        _apart(cube, "sgd"),
        _apart(cube, "adam"),
        _order(cube, "arrival", "way to the ellipse", 0, 1),
        _order(cube, "drift", "drift along the ellipse", 1, 2),
        _stays(cube),
    ]


def _apart(cube: xr.Dataset, optimizer: str) -> Claim:
    arrival, drift = times(cube, optimizer)
    lr = learning_rates(cube, optimizer)
    way, along = (summaries([f"lr {rate:g}" for rate in lr], steps) for steps in (arrival, drift))
    return claim(
        cube,
        f"{optimizer}_apart",
        source=SOURCE,
        statement=f"{known_as(optimizer)}'s drift along the ellipse takes over 1/lr times as long as its "
        "way to it",
        quantity=f"lr (steps of the drift) / (steps of the way), {known_as(optimizer)}",
        estimate=mean(drift / arrival * lr[:, None], of="runs"),
        rule=above(1.0),
        note=f"Medians of steps: way {way}; drift {along}." if np.isfinite(drift / arrival).any() else "",
    )


def _order(cube: xr.Dataset, name: str, what: str, number: int, power: int) -> Claim:
    lr, steps = learning_rates(cube, "sgd"), times(cube, "sgd")[number]
    return claim(
        cube,
        f"sgd_{name}",
        source=SOURCE,
        statement=f"The steps of SGD's {what} grow as 1/lr{'^2' if power == 2 else ''}",
        quantity="exponent of the steps over lr, fitted for each seed",
        estimate=mean([slope(lr, row) for row in steps.T]),
        rule=within(-power - 0.2, -power + 0.2),
        paper_value=-power,
    )


def _stays(cube: xr.Dataset) -> Claim:
    shares = []
    for lr in learning_rates(cube, "sgd"):
        still, drifts = (
            np.abs([scales(*run)[2] for run in each_run(paths(cube, "sgd", lr, scale))])
            for scale in (0.0, None)
        )
        if still.size == drifts.size:
            shares += (still / np.where(drifts > 0, drifts, np.nan)).tolist()
    return claim(
        cube,
        "sgd_stays",
        source=SOURCE,
        statement="Without label noise SGD stays where it comes to the ellipse",
        quantity="angle from there to the end, without label noise over with it, SGD",
        estimate=mean(shares, of="runs"),
        rule=below(STAYS),
    )
