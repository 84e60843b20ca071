"""Claims about the course of feature learning and noise memorization, of the runs at one point.

Their names begin with a prefix: who, or in which batch.
"""

from functools import partial

import numpy as np
import xarray as xr

from adamatlas.claims.rules import Claim, above, below, claim, mean, share
from adamatlas.claims.words import span
from adamatlas.readings.zou2023 import GROWS
from adamatlas.selection import exceeds, history, runs


def memorizes(cube: xr.Dataset, prefix: str, who: str, source: str, **point: object) -> list[Claim]:
    """In most seeds some class's feature grows by a fifth and then flips; all noise is memorized, early."""
    judged = partial(claim, cube, source=source)
    feature = _course(cube, "feature", **point).values
    known = np.isfinite(feature).all(axis=(1, 2))
    rose, flipped = feature.max(axis=1) > GROWS * feature[:, 0], feature[:, -1] < 0
    both = known & flipped.all(axis=1)
    start, half, end = _moments(cube, "noise_min", **point)
    return [
        judged(
            f"{prefix}_flip",
            statement=f"{who}: the feature first grows (by at least a fifth) and then flips its sign, in "
            "at least one class, in most seeds",
            quantity="share of seeds with such a class",
            estimate=share(np.where(known, (rose & flipped).any(axis=1), np.nan)),
            rule=above(0.5),
            note=f"Both classes flip in {both.sum()} of {both.size} seeds.",
        ),
        judged(
            f"{prefix}_noise",
            statement=f"{who}: the noise of every training example is memorized (min over i grows tenfold)",
            quantity="share of seeds with noise_min at the end > 10 x at the start, both classes",
            estimate=share(exceeds((end / np.abs(start)).min(axis=1), 10)),
            rule=above(0.5),
        ),
        judged(
            f"{prefix}_saturates",
            statement=f"{who}: noise memorization grows and then saturates: it grows by less than a quarter "
            "of its final level in the second half of the run",
            quantity="(noise_min at the end - at half) / at the end, mean over classes",
            estimate=mean(((end - half) / end).mean(axis=1)),
            rule=below(0.25),
        ),
    ]


def feature_plateaus(cube: xr.Dataset, prefix: str, who: str, source: str, **point: object) -> Claim:
    """The feature of both classes ends far above its start and hardly moves in the second half."""
    start, half, end = _moments(cube, "feature", **point)
    change = np.abs(end - half) / np.abs(end)
    holds = (change < 0.1) & (end > 10 * np.abs(start))
    return claim(
        cube,
        f"{prefix}_feature",
        source=source,
        statement=f"{who}: the feature of both classes rises to a plateau",
        quantity="share of seeds with feature > 10 x its start that changes by less than 10 % in the second "
        "half of the run, both classes",
        estimate=share(np.where(np.isfinite(end).all(axis=1), holds.all(axis=1), np.nan)),
        rule=above(0.5),
        note=f"Feature at the end: {span(end)}; change in the second half, larger of the classes: "
        f"{span(change.max(axis=1))}.",
    )


def noise_stays_low(cube: xr.Dataset, prefix: str, who: str, source: str, **point: object) -> Claim:
    """Even the best memorized example stays at or below the level of the initialization."""
    start, _, end = _moments(cube, "noise_max", **point)
    return claim(
        cube,
        f"{prefix}_noise",
        source=source,
        statement=f"{who}: noise memorization stays at the level of the initialization",
        quantity="noise_max at the end / at the start, larger of the classes",
        estimate=mean((end / start).max(axis=1)),
        rule=below(2.0),
        note=f"max_i max_r <w_jr, xi_i> at the end: {span(end)}.",
    )


def noise_stops(cube: xr.Dataset, prefix: str, who: str, source: str, **point: object) -> Claim:
    """The noise of the best memorized example grows no more in the second half."""
    _, half, end = _moments(cube, "noise_max", **point)
    return claim(
        cube,
        f"{prefix}_noise",
        source=source,
        statement=f"{who}: once the feature has saturated, noise memorization stops growing",
        quantity="(noise_max at the end - at half) / at half, larger of the classes",
        estimate=mean(((end - half) / np.abs(half)).max(axis=1)),
        rule=below(0.05),
        note=f"max_i max_r <w_jr, xi_i> at the end: {span(end)}.",
    )


def noise_below_feature(cube: xr.Dataset, prefix: str, who: str, source: str, **point: object) -> Claim:
    """At the end even the best memorized example is below the feature."""
    noise, feature = (_moments(cube, quantity, **point)[-1] for quantity in ("noise_max", "feature"))
    return claim(
        cube,
        f"{prefix}_dominates",
        source=source,
        statement=f"{who}: the feature dominates the noise at the end",
        quantity="noise_max / feature at the end, larger of the classes",
        estimate=mean((noise / feature).max(axis=1)),
        rule=below(1.0),
        note=f"noise_max at the end: {span(noise)}; feature: {span(feature)}.",
    )


def _course(cube: xr.Dataset, quantity: str, **point: object) -> xr.DataArray:
    return history(runs(cube, **point), quantity).transpose("seed", "snapshot", "label")


def _moments(cube: xr.Dataset, quantity: str, **point: object) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A quantity (seed, label) at the start, after half of the steps, and at the end."""
    course = _course(cube, quantity, **point)
    step, values = course["step"].values, course.values
    half = max(int(np.searchsorted(step / max(step.max(initial=0), 1), 0.5, side="right")) - 1, 0)
    return values[:, 0], values[:, half], values[:, -1]
