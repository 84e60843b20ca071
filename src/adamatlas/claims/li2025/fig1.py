"""Figure 1: where SGD and Adam end on the noisy ellipse."""

import numpy as np
import xarray as xr

from adamatlas.claims.rules import Claim, Rule, above, below, claim, mean, share, within
from adamatlas.readings.li2025 import ellipse
from adamatlas.readings.names import name as known_as
from adamatlas.selection import at_end, exceeds, runs

REQUIRES = ("exponent", "optimizer", "seed", "start_angle")
QUANTITIES = ("angle", "trace_power")
SOURCE = "Figure 1"


def judge(cube: xr.Dataset) -> list[Claim]:
    """SGD at the tips, Adam nearer an axis, and which sharpness each has made small."""
    tips = "SGD ends at a tip of the ellipse, where tr(H) is smallest"
    kink = "Adam ends at the minimum of tr(Diag(H)^(1/2)) on the ellipse, where an entry of "
    kink += "the gradient of q is 0"
    ratio = ellipse(cube).kink
    theory = f"There the ratio is (a^2 - b^2) / (a^2 + b^2) = {ratio:g}."
    near = within(ratio - 0.05, ratio + 0.05)
    return [
        _end(cube, "sgd_tips", "sgd", tips, above(0.95)),
        _end(cube, "adam_axis", "adam", "Adam ends elsewhere, nearer an axis", below(0.8)),
        _end(cube, "adam_kink", "adam", kink, near, source="Theorem 5.1", note=theory),
        _sharper(cube, "trace_h", "tr(H)", 1.0, "sgd", "adam"),
        _sharper(cube, "trace_sqrt_h", "tr(Diag(H)^(1/2))", 0.5, "adam", "sgd"),
    ]


def _ends(cube: xr.Dataset, name: str, optimizer: str, **point: float) -> np.ndarray:
    return at_end(runs(cube, "start_angle", optimizer=optimizer, **point), name).values.ravel()


def _end(cube: xr.Dataset, name: str, optimizer: str, statement: str, rule: Rule, **more: str) -> Claim:
    return claim(
        cube,
        name,
        statement=statement,
        quantity=f"smaller over larger of abs(x), abs(y) at the end, {known_as(optimizer)}",
        estimate=mean(ellipse(cube).coordinate_ratio(_ends(cube, "angle", optimizer)), of="runs"),
        rule=rule,
        **{"source": SOURCE, **more},
    )


def _sharper(cube: xr.Dataset, name: str, text: str, exponent: float, lower: str, higher: str) -> Claim:
    low, high = (_ends(cube, "trace_power", who, exponent=exponent) for who in (lower, higher))
    known = np.isfinite(low).any() and np.isfinite(high).any()
    return claim(
        cube,
        name,
        source=SOURCE,
        statement=f"{known_as(lower)} ends with the smaller {text}",
        quantity=f"share of starts and seeds with {text} of {known_as(lower)} below {known_as(higher)}'s",
        estimate=share(exceeds(high - low, 0.0) if high.size == low.size else np.nan, of="runs"),
        rule=above(0.5),
        note=f"{known_as(lower)}: {np.nanmean(low):.3f}, {known_as(higher)}: {np.nanmean(high):.3f}"
        if known
        else "",
    )
