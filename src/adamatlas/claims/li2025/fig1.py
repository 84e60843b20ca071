"""Figure 1: where SGD and Adam end on the noisy ellipse."""

from __future__ import annotations

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
        *_sharper(cube),
    ]


def ends(cube: xr.Dataset, name: str, optimizer: str, **point: float) -> np.ndarray:
    """A quantity at the end of every run of an optimizer (starts and seeds,)."""
    return at_end(runs(cube, "start_angle", optimizer=optimizer, **point), name).values.ravel()


def _end(cube: xr.Dataset, name: str, optimizer: str, statement: str, rule: Rule, **more: str) -> Claim:
    return claim(
        cube,
        name,
        statement=statement,
        quantity=f"smaller over larger of abs(x), abs(y) at the end, {known_as(optimizer)}",
        estimate=mean(ellipse(cube).coordinate_ratio(ends(cube, "angle", optimizer)), of="runs"),
        rule=rule,
        **{"source": SOURCE, **more},
    )


def _sharper(cube: xr.Dataset) -> list[Claim]:
    out = []
    for exponent, name, text, lower, higher in (
        (1.0, "trace_h", "tr(H)", "sgd", "adam"),
        (0.5, "trace_sqrt_h", "tr(Diag(H)^(1/2))", "adam", "sgd"),
    ):
        traces = {who: ends(cube, "trace_power", who, exponent=exponent) for who in (lower, higher)}
        same = traces[higher].size == traces[lower].size
        gap = traces[higher] - traces[lower] if same else np.array([np.nan])
        out.append(
            claim(
                cube,
                name,
                source=SOURCE,
                statement=f"{known_as(lower)} ends with the smaller {text}",
                quantity=f"share of starts and seeds with {text} of {known_as(lower)} below "
                f"{known_as(higher)}'s",
                estimate=share(exceeds(gap, 0.0), of="runs"),
                rule=above(0.5),
                note=", ".join(f"{known_as(who)}: {np.nanmean(found):.3f}" for who, found in traces.items())
                if all(np.isfinite(found).any() for found in traces.values())
                else "",
            )
        )
    return out
