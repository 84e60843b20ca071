"""Figure 2b: does the exponent of the second moment decide how soon the truth is recovered?"""

from functools import partial

import numpy as np
import xarray as xr

from adamatlas.claims.estimates import every, share
from adamatlas.claims.rules import Claim, above, claim
from adamatlas.claims.words import summaries
from adamatlas.readings.li2025 import RECOVERED, first_recovered, late_losses
from adamatlas.selection import exceeds

REQUIRES = ("lr", "n_train", "v_exponent", "seed")
QUANTITIES = ("late_loss",)
ADAM = 0.5


def judge(cube: xr.Dataset) -> list[Claim]:
    """Where Adam first recovers the truth: do the other exponents, and does 0, which is SGD with momentum?

    No claims where the grid lacks one of the two.
    """
    rates, exponents = cube["lr"].values, cube["v_exponent"].values.tolist()
    if not {0.0, ADAM} <= set(exponents):
        return []
    lost = {p: _losses(cube, p, rates) for p in exponents}
    place = first_recovered(lost[ADAM][0])
    n = cube["n_train"].values[place]
    first = {p: losses[0][:, place] for p, losses in lost.items()}
    best = {p: np.fmin.reduce(losses[:, :, place]) for p, losses in lost.items()}
    others = [p for p in lost if p not in (0.0, ADAM)]
    judged = partial(claim, cube, source="Section 5.3, Figure 2b", rule=above(0.5))
    labels = [f"p = {p:g}" for p in lost]
    note = (
        f"n = {n}. Median test loss at lr {rates[0]:g}: {summaries(labels, first.values())}; at the better "
    )
    note += f"lr: {summaries(labels, best.values())}."
    return [
        judged(
            "like_adam",
            kind="reported",
            statement="AdamE with any exponent but 0 recovers the truth where Adam first does",
            quantity=f"test loss is below {RECOVERED:g} at that n, at the better lr",
            estimate=every(np.array([1.0 - exceeds(best[p], RECOVERED) for p in others]).T),
            note=note,
        ),
        judged(
            "like_sgd",
            kind="reported",
            statement="AdamE with exponent 0 does not yet: it is like SGD",
            quantity=f"share of seeds with test loss above {RECOVERED:g} at that n, at the better lr",
            estimate=share(exceeds(best[0.0], RECOVERED)),
            note="The paper's exponent is 0.001.",
        ),
        judged(
            "like_sgd_same_budget",
            kind="extension",
            statement="AdamE with exponent 0 does not yet at Adam's learning rate and number of steps",
            quantity=f"share of seeds with test loss above {RECOVERED:g} at that n, at the smaller lr",
            estimate=share(exceeds(first[0.0], RECOVERED)),
        ),
    ]


def _losses(cube: xr.Dataset, p: float, rates: np.ndarray) -> np.ndarray:
    """(lr, seed, n_train)."""
    return np.array([late_losses(cube, v_exponent=p, lr=rate) for rate in rates])
