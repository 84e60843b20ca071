"""Claims that the tables of errors have in common. Their names begin with a prefix: who, in which batch."""

import numpy as np
import xarray as xr

from adamatlas.claims.rules import Claim, above, below, claim, contains, mean, median, share
from adamatlas.claims.words import diverged, span
from adamatlas.selection import end_values, exceeds, flips, runs

SMALL = 0.01
MODES = (0.25, 0.6)
"""Between the modes of the test error: about 0; 0.47; 0.97 (Adam) or 0.67 to 0.79 (AdamW)."""


def generalizes(cube: xr.Dataset, prefix: str, who: str, source: str, **point: object) -> list[Claim]:
    """Training and test error are 0 in the paper."""
    return [_small(cube, prefix, name, who, source, **point) for name in ("train", "test")]


def fails(
    cube: xr.Dataset, prefix: str, who: str, source: str, value: float | None, **point: object
) -> list[Claim]:
    """Training error 0, but a test error above 1/2 in most seeds; in the paper it is `value`, if any."""
    error = end_values(cube, "test_error", **point)
    worse = claim(
        cube,
        f"{prefix}_test",
        source=source,
        statement=f"{who} generalizes worse than chance: test error above 1/2 in most seeds",
        quantity="share of seeds with test_error > 1/2",
        estimate=share(exceeds(error, 0.5)),
        rule=above(0.5),
        paper_value=value,
        note=f"{spread(error)} {diverged(runs(cube, **point)['status'].values)}".strip(),
    )
    train = _small(cube, prefix, "train", who, source, **point)
    if value is None:
        return [train, worse]
    reported = claim(
        cube,
        f"{prefix}_value",
        source=source,
        statement=f"{who} has test error {value:g}",
        quantity="test_error",
        estimate=median(error),
        rule=contains(value),
        paper_value=value,
        note=f"The paper prints one number without a spread. {spread(error)}".strip(),
    )
    return [train, worse, reported]


def _small(cube: xr.Dataset, prefix: str, name: str, who: str, source: str, **point: object) -> Claim:
    """The mean of an error over seeds is below 0.01, where the paper prints 0."""
    return claim(
        cube,
        f"{prefix}_{name}",
        source=source,
        statement=f"{who} reaches {'training' if name == 'train' else 'test'} error 0",
        quantity=f"{name}_error",
        estimate=mean(end_values(cube, f"{name}_error", **point)),
        rule=below(SMALL),
        paper_value=0.0,
        note=diverged(runs(cube, **point)["status"].values),
    )


def follows_flips(cube: xr.Dataset, source: str) -> Claim:
    """Each run's test error is in the mode that the number of flipped classes predicts."""
    points = [{"batch_size": size} for size in cube["batch_size"].values]
    error = np.concatenate([end_values(cube, "test_error", **point) for point in points])
    flipped = np.concatenate([flips(cube, **point) for point in points])
    predicted = np.digitize(error, MODES) == flipped
    counts = [
        f"{int((flipped == k).sum())} runs with {k} flipped: {span(error[flipped == k], '.3f', none='none')}"
        for k in range(3)
    ]
    return claim(
        cube,
        "flips",
        source=source,
        statement="The test error follows the number of classes whose feature has flipped: "
        "below 1/4 for none, between for one, above 0.6 for both",
        quantity="share of runs in the predicted mode",
        estimate=share(np.where(np.isfinite(error + flipped), predicted, np.nan), of="runs"),
        rule=above(0.8),
        note="; ".join(counts),
    )


def spread(error: np.ndarray) -> str:
    """Median, range, and how many seeds are in each mode; empty if nothing is known."""
    known = error[np.isfinite(error)]
    if not known.size:
        return ""
    low, middle, high = np.histogram(known, [0, *MODES, 1.0 + 1e-9])[0]
    return (
        f"Median {np.median(known):.3f}, range {span(known, '.3f')}: "
        f"{low} seeds below 1/4, {middle} between, {high} above 0.6."
    )
