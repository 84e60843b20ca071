"""Figure 1: where SGD and Adam end on the noisy ellipse, at every start."""

from functools import partial

import numpy as np
import xarray as xr

from adamatlas.claims.estimates import every, mean
from adamatlas.claims.rules import Claim, above, claim, within
from adamatlas.readings.li2025 import ellipse
from adamatlas.selection import at_end, exceeds, runs

REQUIRES = ("exponent", "optimizer", "seed", "start_angle")
QUANTITIES = ("angle", "trace_power")
SOURCE = "Section 3, Figure 1"
NEAR = 0.1
"""As far from a tip, in the angle, as one may be there."""
OFF = 0.8
"""Below this ratio of its coordinates a point is nearer an axis than a tip."""


def judge(cube: xr.Dataset) -> list[Claim]:
    """SGD at the flat tips, Adam nearer an axis, at the kink; and which sharpness each has made small."""
    each = partial(claim, cube, kind="reported", source=SOURCE, rule=above(0.5))
    sgd, adam = (_ends(cube, "angle", optimizer) for optimizer in ("sgd", "adam"))
    ratio, kink = ellipse(cube).coordinate_ratio(adam), ellipse(cube).kink
    gaps = [_gap(cube, 1.0, "sgd", "adam"), _gap(cube, 0.5, "adam", "sgd")]
    return [
        each(
            "sgd_tips",
            statement="SGD ends at one of the tips where tr(H) is smallest, from every start",
            quantity=f"angle at the end is within {NEAR:g} of a flat tip's",
            estimate=every(1.0 - exceeds(np.abs(np.sin(sgd)), NEAR)),
        ),
        each(
            "adam_axis",
            statement="Adam ends at another minimizer, nearer an axis, from every start",
            quantity=f"smaller over larger of abs(x), abs(y) at the end is below {OFF:g}",
            estimate=every(1.0 - exceeds(ratio, OFF)),
        ),
        each(
            "sharpness",
            statement="Each ends with the smaller of its own sharpness: SGD of tr(H), Adam of "
            "tr(Diag(H)^(1/2)), from every start",
            quantity="the other's is larger",
            estimate=every(exceeds(np.hstack(gaps), 0.0)),
        ),
        claim(
            cube,
            "adam_kink",
            kind="extension",
            source="Theorem 5.1 on the ellipse",
            statement="Adam ends at the minimum of tr(Diag(H)^(1/2)), a kink, where an entry of grad q is 0",
            quantity="smaller over larger of abs(x), abs(y) at the end, Adam",
            estimate=mean(ratio),
            rule=within(kink - 0.05, kink + 0.05),
            note=f"At the kink the ratio is (a^2 - b^2) / (a^2 + b^2) = {kink:g}.",
        ),
    ]


def _ends(cube: xr.Dataset, name: str, optimizer: str, **point: float) -> np.ndarray:
    """A quantity at the end (seed, start); NaN without a run."""
    end = at_end(runs(cube, "seed", "start_angle", optimizer=optimizer, **point), name)
    return end.reindex(seed=cube["seed"]).transpose("seed", "start_angle").values


def _gap(cube: xr.Dataset, exponent: float, lower: str, higher: str) -> np.ndarray:
    """tr(Diag(H)^e) of `higher` minus that of `lower` (seed, start)."""
    low, high = (_ends(cube, "trace_power", who, exponent=exponent) for who in (lower, higher))
    return high - low
