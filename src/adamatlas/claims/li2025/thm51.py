"""Theorems 5.1 and 5.2: does the projected gradient of the implicit regularizer vanish at the end?"""

import numpy as np
import xarray as xr

from adamatlas.claims.estimates import every
from adamatlas.claims.rules import Claim, above, claim
from adamatlas.claims.words import summaries
from adamatlas.readings.li2025 import ellipse
from adamatlas.selection import LATE, exceeds, history, runs
from adamatlas.theory.conditions import smooth_sharpness

REQUIRES = ("eps", "optimizer", "seed", "start_angle")
QUANTITIES = ("regularizer_level", "smallest_curvature", "stationarity")
VANISHES = 0.05
AT_THE_MINIMUM = 0.03
SMALL, LARGE = 1e-8, 0.1
"""With the small eps Adam comes to the kink of tr(Diag(H)^(1/2)), with the large one it stays off it."""
ENDS = {
    "SGD": ("sgd", SMALL), "AdaSGD": ("adasgd", SMALL), "AdamE-1/4": ("adame", SMALL),
    "Adam, eps 0.1": ("adam", LARGE), "Adam": ("adam", SMALL),
}  # fmt: skip
"""Optimizer and eps of the runs whose regularizer is followed along the ellipse."""


def judge(cube: xr.Dataset) -> list[Claim]:
    """The gradient along the ellipse at the end, where there is one, and the regularizer's level."""
    return [
        _stationary(cube, "adam", "Theorem 5.1", "Adam", "tr(Diag(H)^(1/2))", ["Adam, eps 0.1"]),
        _stationary(cube, "adam_kink", "Theorem 5.1", "Adam", "tr(Diag(H)^(1/2))", ["Adam"]),
        _stationary(
            cube, "adame", "Theorem 5.2", "AdamE-1/4 and SGD", "tr(Diag(H)^(1-p))", ["SGD", "AdamE-1/4"]
        ),
        _stationary(
            cube,
            "adasgd",
            "Table 1 and the proof of Theorem 5.1: our derivation",
            "AdaSGD, one block b of both coordinates,",
            "(|b| tr H_bb)^(1/2)",
            ["AdaSGD"],
        ),
        _minimum(cube),
    ]


def _stationary(
    cube: xr.Dataset, name: str, source: str, who: str, regularizer: str, ends: list[str]
) -> Claim:
    found = {end: _end(cube, "stationarity", end) for end in ends}
    smallest = min(float(np.min(_end(cube, "smallest_curvature", end), initial=np.inf)) for end in ends)
    return claim(
        cube,
        name,
        kind="extension" if name == "adasgd" else "theory",
        source=source,
        statement=f"{who} ends where the gradient of {regularizer} has no part along the ellipse",
        quantity=f"share of that gradient along the ellipse at the end is below {VANISHES:g}, every start",
        estimate=every(1.0 - exceeds(_together(found), VANISHES)),
        rule=above(0.5),
        bound="necessary",
        conditions=[smooth_sharpness(smallest)],
        note=f"Largest share: {summaries(found, found.values(), of=np.max)}.",
    )


def _minimum(cube: xr.Dataset) -> Claim:
    """Beyond the theorem, which a maximum meets, too; at the kink there is a minimum without a gradient."""
    power = {"SGD": 1.0, "AdamE-1/4": 0.75, "Adam": 0.5}
    above_it = {
        end: _end(cube, "regularizer_level", end) / ellipse(cube).smallest(e) - 1.0
        for end, e in power.items()
    }
    return claim(
        cube,
        "minimum",
        kind="extension",
        source="Theorems 5.1, 5.2",
        statement="SGD, AdamE-1/4 and Adam, at its kink, too, end at the smallest tr(Diag(H)^(1-p)) there",
        quantity=f"tr(Diag(H)^(1-p)) at the end over its minimum, minus 1, is below {AT_THE_MINIMUM:g}",
        estimate=every(1.0 - exceeds(_together(above_it), AT_THE_MINIMUM)),
        rule=above(0.5),
        note=f"Largest: {summaries(above_it, above_it.values(), of=np.max)}.",
    )


def _together(found: dict[str, np.ndarray]) -> np.ndarray:
    """All ends side by side (seed, end and start), NaN where a run is missing."""
    shapes = {values.shape for values in found.values()}
    return np.hstack(list(found.values())) if len(shapes) == 1 else np.full((1, 1), np.nan)


def _end(cube: xr.Dataset, name: str, end: str) -> np.ndarray:
    """The median of a quantity over the last fifth of the runs of one of ENDS (seed, start)."""
    optimizer, eps = ENDS[end]
    course = history(runs(cube, "seed", "start_angle", optimizer=optimizer, eps=eps), name)
    late = course["step"].values >= LATE * course["step"].values.max(initial=0)
    found = course.transpose("seed", "start_angle", "snapshot").values[..., late]
    return np.median(found, axis=2) if found.size else np.empty((0, 1))
