"""Figure 3: one trajectory's two time scales, the way to the manifold and the drift along it."""

import numpy as np
import xarray as xr

from adamatlas.claims.estimates import every, mean, slope
from adamatlas.claims.rules import Claim, above, below, claim, within
from adamatlas.claims.words import summaries
from adamatlas.readings.li2025 import each_run, learning_rates, paths, scales, times
from adamatlas.readings.names import name as known_as
from adamatlas.selection import exceeds

REQUIRES = ("label_noise_scale", "lr", "optimizer", "seed")
QUANTITIES = ("angle", "excess")
SOURCE = "Appendix A, Figure 3"
STAYS = 0.05


def judge(cube: xr.Dataset) -> list[Claim]:
    """The ratio of the two times, their orders in lr, and the run without label noise."""
    still = times(cube, "sgd", scale=0.0)[0]
    return [
        _apart(cube),
        _order(cube, "arrival", "way to the ellipse, without label noise,", still, 1),
        _order(cube, "drift", "drift along the ellipse", times(cube, "sgd")[1], 2),
        _stays(cube),
    ]


def _apart(cube: xr.Dataset) -> Claim:
    """One claim over SGD's learning rates and Adam's."""
    ratios, notes = [], []
    for optimizer in ("sgd", "adam"):
        lr = learning_rates(cube, optimizer)
        arrival, drift = times(cube, optimizer)
        ratios += list(drift / arrival * lr[:, None])
        ways = (summaries([f"lr {rate:g}" for rate in lr], steps) for steps in (arrival, drift))
        notes.append(f"{known_as(optimizer)}: way {{}}; drift {{}}.".format(*ways))
    return claim(
        cube,
        "apart",
        kind="reported",
        source=SOURCE,
        statement="The drift along the ellipse takes over 1/lr times as long as the way to it, for SGD at "
        "every learning rate and for Adam",
        quantity="lr (steps of the drift) / (steps of the way) is above 1",
        estimate=every(exceeds(np.array(ratios).T, 1.0)),
        rule=above(0.5),
        note=f"Medians of steps. {' '.join(notes)}",
    )


def _order(cube: xr.Dataset, name: str, what: str, steps: np.ndarray, power: int) -> Claim:
    lr = learning_rates(cube, "sgd")
    return claim(
        cube,
        f"sgd_{name}",
        kind="reported",
        source=SOURCE,
        statement=f"The steps of SGD's {what} grow as 1/lr{'^2' if power == 2 else ''}",
        quantity="exponent of the steps over lr, fitted for each seed",
        estimate=mean([slope(lr, row) for row in steps.T]),
        rule=within(-power - 0.2, -power + 0.2),
        paper_value=-power,
        note="Without label noise all seeds make the same run." if power == 1 else "",
    )


def _stays(cube: xr.Dataset) -> Claim:
    shares = []
    for lr in learning_rates(cube, "sgd"):
        still, drifts = (
            np.abs([scales(*run)[2] for run in each_run(paths(cube, "sgd", lr, scale))])
            for scale in (0.0, None)
        )
        if still.size == drifts.size:
            shares.append(still / np.where(drifts > 0, drifts, np.nan))
    return claim(
        cube,
        "sgd_stays",
        kind="extension",
        source=SOURCE,
        statement="Without label noise SGD stays where it comes to the ellipse",
        quantity="angle from there to the end, without label noise over with it, mean over learning rates",
        estimate=mean(np.array(shares).T),
        rule=below(STAYS),
    )
