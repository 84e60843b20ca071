"""Figure 1: where SGD and Adam end on the noisy ellipse."""

from __future__ import annotations

import numpy as np
import xarray as xr

from adamatlas.claims.rules import Claim, Rule, above, below, claim, mean, share, within
from adamatlas.selection import at_end, exceeds, pick

REQUIRES = ("exponent", "optimizer", "seed", "start_angle")
QUANTITIES = ("angle", "trace_power")
SOURCE = "Figure 1"
HALF_AXES = (2.0, 1.0)
THEORY = (HALF_AXES[0] ** 2 - HALF_AXES[1] ** 2) / (HALF_AXES[0] ** 2 + HALF_AXES[1] ** 2)


def judge(cube: xr.Dataset) -> list[Claim]:
    """SGD at the tips, Adam nearer an axis, and which sharpness each has made small."""
    tips = "SGD ends at a tip of the ellipse, where tr(H) is smallest"
    kink = "Adam ends at the minimum of tr(Diag(H)^(1/2)) on the ellipse, where an entry of "
    kink += "the gradient of q is 0"
    theory = f"There the ratio is (a^2 - b^2) / (a^2 + b^2) = {THEORY:g}."
    near = within(THEORY - 0.05, THEORY + 0.05)
    return [
        _end(cube, "sgd_tips", "sgd", tips, above(0.95)),
        _end(cube, "adam_axis", "adam", "Adam ends elsewhere, nearer an axis", below(0.8)),
        _end(cube, "adam_kink", "adam", kink, near, source="Theorem 5.1", note=theory),
        *_sharper(cube),
    ]


def ratio(cube: xr.Dataset, optimizer: str) -> np.ndarray:
    """min(|x|, |y|) / max(|x|, |y|) at the end of every run: 1 at the tips, 0 on an axis."""
    angle = at_end(pick(cube, optimizer=optimizer), "angle").values.ravel()
    along, across = HALF_AXES[0] * np.cos(angle), HALF_AXES[1] * np.sin(angle)
    x, y = np.abs(along + across), np.abs(along - across)
    return np.minimum(x, y) / np.maximum(x, y)


def _end(cube: xr.Dataset, name: str, optimizer: str, statement: str, rule: Rule, **more: str) -> Claim:
    return claim(
        cube,
        name,
        statement=statement,
        quantity=f"smaller over larger of abs(x), abs(y) at the end, {_name(optimizer)}",
        estimate=mean(ratio(cube, optimizer), of="runs"),
        rule=rule,
        **{"source": SOURCE, **more},
    )


def _sharper(cube: xr.Dataset) -> list[Claim]:
    out = []
    for exponent, name, text, lower, higher in (
        (1.0, "trace_h", "tr(H)", "sgd", "adam"),
        (0.5, "trace_sqrt_h", "tr(Diag(H)^(1/2))", "adam", "sgd"),
    ):
        ends = {
            name: at_end(pick(cube, optimizer=name), "trace_power").sel(exponent=exponent).values.ravel()
            for name in (lower, higher)
        }
        gap = ends[higher] - ends[lower] if ends[higher].size == ends[lower].size else np.array([np.nan])
        out.append(
            claim(
                cube,
                name,
                source=SOURCE,
                statement=f"{_name(lower)} ends with the smaller {text}",
                quantity=f"share of starts and seeds with {text} of {_name(lower)} below {_name(higher)}'s",
                estimate=share(exceeds(gap, 0.0), of="runs"),
                rule=above(0.5),
                note=", ".join(f"{_name(key)}: {np.nanmean(ends[key]):.3f}" for key in (lower, higher))
                if all(np.isfinite(value).any() for value in ends.values())
                else "",
            )
        )
    return out


def _name(optimizer: str) -> str:
    return {"sgd": "SGD", "adam": "Adam"}[optimizer]
