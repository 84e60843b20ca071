"""Figure 2b: does the exponent of the second moment decide how soon the truth is recovered?"""

import numpy as np
import xarray as xr

from adamatlas.claims.rules import Claim, above, claim, share
from adamatlas.readings.li2025 import RECOVERED, first_recovered, late_losses
from adamatlas.selection import exceeds

REQUIRES = ("n_train", "v_exponent", "seed")
QUANTITIES = ("late_loss",)
ADAM = 0.5


def judge(cube: xr.Dataset) -> list[Claim]:
    """Where Adam first recovers the truth: exponent 0 has not, the others have."""
    place = first_recovered(late_losses(cube, v_exponent=ADAM))
    return [_at(cube, float(p), place) for p in cube["v_exponent"].values if p != ADAM]


def _at(cube: xr.Dataset, p: float, place: int) -> Claim:
    loss = late_losses(cube, v_exponent=p)[:, place]
    slow, above_one = p == 0.0, exceeds(loss, RECOVERED)
    known = loss[np.isfinite(loss)]
    return claim(
        cube,
        f"p{round(100 * p):02d}",
        source="Figure 2b",
        statement=f"Where Adam first recovers the ground truth, AdamE with exponent {p:g} has "
        + ("not, as SGD" if slow else "too"),
        quantity=f"share of seeds with test loss {'>' if slow else '<'} {RECOVERED:g} at that n",
        estimate=share(above_one if slow else 1 - above_one),
        rule=above(0.5),
        note=f"n = {cube['n_train'].values[place]}."
        + (f" Median test loss {np.median(known):.3g}." if known.size else ""),
    )
