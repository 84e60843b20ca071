"""Claims about the course of feature learning and noise memorization, of the runs at one point.

Their names begin with a prefix: who, or in which batch. A plateau changes by less than a tenth of its level
in the second half of the run.
"""

from functools import partial

import numpy as np
import xarray as xr

from adamatlas.claims.estimates import mean, share
from adamatlas.claims.rules import Claim, above, below, claim
from adamatlas.claims.words import span
from adamatlas.readings.zou2023 import GROWS
from adamatlas.selection import exceeds, history, holds, runs

PLATEAU = 0.1
LOGARITHMIC = 0.85
"""Between log(4/3) / log(3/2) = 0.71 and 1: growth in the last quarter over the third, as log t and as t."""


def memorizes(cube: xr.Dataset, prefix: str, who: str, source: str, **point: object) -> list[Claim]:
    """A class's feature grows by a fifth and then flips; all noise is memorized, and saturates."""
    judged = partial(claim, cube, kind="reported", source=source)
    feature = _course(cube, "feature", **point).values
    known = np.isfinite(feature).all(axis=1)
    does = (feature.max(axis=1) > GROWS * feature[:, 0]) & (feature[:, -1] < 0)
    start, half, late, end = _moments(cube, "noise_min", **point)
    return [
        judged(
            f"{prefix}_flip",
            statement=f"{who}: the feature of a class first grows (by at least a fifth) and then flips its "
            "sign, in most classes and seeds",
            quantity="share of the two classes that do, mean over seeds",
            estimate=mean(np.where(known, does, np.nan)),
            rule=above(0.5),
            note=f"Both classes do in {(does & known).all(axis=1).sum()} of {len(does)} seeds.",
        ),
        judged(
            f"{prefix}_noise",
            statement=f"{who}: the noise of every training example is memorized (min over i grows tenfold)",
            quantity="share of seeds with noise_min at the end > 10 x at the start, both classes",
            estimate=share(exceeds(end / np.abs(start), 10)),
            rule=above(0.5),
        ),
        judged(
            f"{prefix}_saturates",
            statement=f"{who}: noise memorization grows and then saturates, growing at a logarithmic rate at "
            "most",
            quantity="growth of noise_min in the last quarter of the run over that in the third: 1 where "
            "linear, 0.71 where logarithmic, 0 where it grows by less than 1 %; mean over classes",
            estimate=mean(_late_growth(half, late, end)),
            rule=below(LOGARITHMIC),
            note=f"noise_min at the end, classes and seeds: {span(end)}.",
        ),
    ]


def feature_plateaus(cube: xr.Dataset, prefix: str, who: str, source: str, **point: object) -> Claim:
    """The feature of both classes ends far above its start and hardly moves in the second half."""
    start, half, _, end = _moments(cube, "feature", **point)
    change = np.abs(end - half) / np.abs(end)
    settled = (change < PLATEAU) & (end > 10 * np.abs(start))
    return claim(
        cube,
        f"{prefix}_feature",
        kind="reported",
        source=source,
        statement=f"{who}: the feature of both classes rises to a plateau",
        quantity="share of seeds with feature > 10 x its start that changes by less than 10 % in the second "
        "half of the run, both classes",
        estimate=share(holds(end, settled)),
        rule=above(0.5),
        note=f"Feature at the end: {span(end)}; change in the second half, larger of the classes: "
        f"{span(change.max(axis=1))}.",
    )


def noise_stays_low(cube: xr.Dataset, prefix: str, who: str, source: str, **point: object) -> Claim:
    """Over the whole run even the best memorized example stays at or below twice its start."""
    course = _course(cube, "noise_max", **point)
    values = course.values
    highest = course["step"].values[values.max(axis=2).argmax(axis=1)]
    return claim(
        cube,
        f"{prefix}_noise",
        kind="reported",
        source=source,
        statement=f"{who}: noise memorization stays at the level of the initialization over the whole run",
        quantity="largest noise_max over the run / at the start, larger of the classes",
        estimate=mean((values.max(axis=1) / values[:, 0]).max(axis=1)),
        rule=below(2.0),
        note=f"max_i max_r <w_jr, xi_i> is {span(values.max(axis=(1, 2)))} at its highest, at step "
        f"{span(highest.astype(float), '.0f')}, and {span(values[:, -1])} at the end.",
    )


def noise_stops(cube: xr.Dataset, prefix: str, who: str, source: str, **point: object) -> Claim:
    """The noise of the best memorized example grows no more in the second half."""
    _, half, _, end = _moments(cube, "noise_max", **point)
    return claim(
        cube,
        f"{prefix}_noise",
        kind="reported",
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
        kind="reported",
        source=source,
        statement=f"{who}: the feature dominates the noise at the end",
        quantity="noise_max / feature at the end, larger of the classes",
        estimate=mean((noise / feature).max(axis=1)),
        rule=below(1.0),
        note=f"noise_max at the end: {span(noise)}; feature: {span(feature)}.",
    )


def _course(cube: xr.Dataset, quantity: str, **point: object) -> xr.DataArray:
    return history(runs(cube, **point), quantity).transpose("seed", "snapshot", "label")


def _moments(cube: xr.Dataset, quantity: str, **point: object) -> list[np.ndarray]:
    """A quantity (seed, label) at the start, after half and three quarters of the steps, and at the end."""
    course = _course(cube, quantity, **point)
    step, values = course["step"].values, course.values
    done = step / max(step.max(initial=0), 1)
    return [
        values[:, max(int(np.searchsorted(done, share, side="right")) - 1, 0)] for share in (0, 0.5, 0.75, 1)
    ]


def _late_growth(half: np.ndarray, late: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Growth in the last quarter over that in the third; 0 where both make less than 1 % of the end."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(end - half < 0.01 * end, 0.0, (end - late) / (late - half))
