"""Claims that the tables of errors have in common. Their names begin with a prefix: who, in which batch."""

from collections.abc import Callable, Sequence

import numpy as np
import xarray as xr

from adamatlas.claims.estimates import mean, prediction, share
from adamatlas.claims.rules import Claim, Kind, above, below, claim, contains
from adamatlas.claims.words import diverged, span
from adamatlas.selection import end_values, exceeds, holds, runs, settings_at
from adamatlas.theory.conditions import Condition

SMALL = 0.01
CHANCE = 0.45
"""1/2 - o(1), the theorems' bound, at the sizes of these studies."""
NARROW = 0.1
MODES = (0.25, 0.6)
"""Between the modes of the test error: about 0; 0.47; 0.97 (Adam) or 0.67 to 0.79 (AdamW)."""


def generalizes(
    cube: xr.Dataset, prefix: str, who: str, source: str, *, kind: Kind = "reported", **point: object
) -> list[Claim]:
    """Training and test error are 0 in the paper."""
    return [_small(cube, prefix, name, who, source, kind, **point) for name in ("train", "test")]


def fails(
    cube: xr.Dataset,
    prefix: str,
    who: str,
    source: str,
    value: float | None,
    *,
    kind: Kind = "reported",
    **point: object,
) -> list[Claim]:
    """Training error 0, but a test error above 1/2 in most seeds; in the paper it is `value`, if any."""
    error = end_values(cube, "test_error", **point)
    train = _small(cube, prefix, "train", who, source, kind, **point)
    worse = claim(
        cube,
        f"{prefix}_test",
        kind=kind,
        source=source,
        statement=f"{who} generalizes worse than chance: test error above 1/2 in most seeds",
        quantity="share of seeds with test_error > 1/2",
        estimate=share(exceeds(error, 0.5)),
        rule=above(0.5),
        note=f"{spread(error)} {diverged(runs(cube, **point)['status'].values)}".strip(),
    )
    return [train, worse, *([] if value is None else [_value(cube, prefix, who, source, value, error)])]


def worse_than_chance(
    cube: xr.Dataset, prefix: str, who: str, source: str, conditions: Sequence[Condition], **point: object
) -> Claim:
    """The theorems' own words on large batches: test error at least 1/2 - o(1)."""
    words = f"{who} has test error at least 1/2 - o(1)"
    return _theorem(cube, prefix, words, source, conditions, lambda error: error > CHANCE, **point)


def near_zero(
    cube: xr.Dataset, prefix: str, who: str, source: str, conditions: Sequence[Condition], **point: object
) -> Claim:
    """The theorems' own words on small batches and gradient descent: test error o(1)."""
    words = f"{who} has test error o(1)"
    return _theorem(cube, prefix, words, source, conditions, lambda error: error < 0.5 - CHANCE, **point)


def _theorem(
    cube: xr.Dataset,
    prefix: str,
    words: str,
    source: str,
    conditions: Sequence[Condition],
    condition: Callable[[np.ndarray], np.ndarray],
    **point: object,
) -> Claim:
    """A statement on the test error that a theorem makes with probability at least 1 - 1/n."""
    error, n = end_values(cube, "test_error", **point), settings_at(cube, **point).get("n_train", 200)
    return claim(
        cube,
        f"{prefix}_theorem",
        kind="theory",
        source=source,
        statement=f"{words} with probability at least 1 - 1/n",
        quantity=f"share of seeds, o(1) read as {0.5 - CHANCE:g}",
        estimate=share(holds(error, condition(error))),
        rule=above(1 - 1 / n),
        conditions=conditions,
        note=spread(error),
    )


def _value(cube: xr.Dataset, prefix: str, who: str, source: str, value: float, error: np.ndarray) -> Claim:
    """The paper's number lies where one more seed of its mode would; of all seeds, if none is in its mode."""
    known = error[np.isfinite(error)]
    same = known[np.digitize(known, MODES) == np.digitize(value, MODES)]
    which = (
        f"the {same.size} of {known.size} seeds in its mode"
        if same.size
        else "all seeds: none is in its mode"
    )
    return claim(
        cube,
        f"{prefix}_value",
        kind="reported",
        source=source,
        statement=f"{who} has test error {value:g}",
        quantity="test_error of the seeds in the mode of the paper's number",
        estimate=prediction(same if same.size else known),
        rule=contains(value, narrower_than=NARROW),
        paper_value=value,
        note=f"One number without a spread, compared with {which}. {spread(error)}".strip(),
    )


def _small(
    cube: xr.Dataset, prefix: str, name: str, who: str, source: str, kind: Kind, **point: object
) -> Claim:
    """The mean of an error over seeds is below 0.01, where the paper prints 0."""
    return claim(
        cube,
        f"{prefix}_{name}",
        kind=kind,
        source=source,
        statement=f"{who} reaches {'training' if name == 'train' else 'test'} error 0",
        quantity=f"{name}_error",
        estimate=mean(end_values(cube, f"{name}_error", **point)),
        rule=below(SMALL),
        paper_value=0.0 if kind == "reported" else None,
        note=diverged(runs(cube, **point)["status"].values),
    )


def follows_flips(cube: xr.Dataset, source: str, **point: object) -> Claim:
    """A class fails where its own feature speaks against it: the sign of `feature_margin` decides."""
    error, margin = (end_values(cube, name, **point) for name in ("test_error_by_label", "feature_margin"))
    known = np.isfinite(error + margin)
    counts = [
        f"{int(part.sum())} classes with a {sign} margin: test error {span(error[part], '.3f')}"
        for sign, part in (("positive", known & (margin > 0)), ("negative", known & (margin <= 0)))
        if part.any()
    ]
    return claim(
        cube,
        "flips",
        kind="extension",
        source=source,
        statement="A class has a test error above 1/2 exactly where its feature margin "
        "sum_r [<w_yr, y v>]_+^q - sum_r [<w_-yr, y v>]_+^q is negative, in both classes of most seeds",
        quantity="share of seeds of which both classes do",
        estimate=share(np.where(known, (error > 0.5) == (margin < 0), np.nan)),
        rule=above(0.5),
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
