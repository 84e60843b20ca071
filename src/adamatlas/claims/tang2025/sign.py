"""Section 5, Appendix C: where Adam's update is a sign step, and of what."""

from functools import partial

import numpy as np
import xarray as xr

from adamatlas.claims import regime
from adamatlas.claims.estimates import largest, mean, share
from adamatlas.claims.rules import Claim, above, below, claim
from adamatlas.claims.words import span, summaries
from adamatlas.readings import names
from adamatlas.readings.names import SIGN_METHODS
from adamatlas.selection import at_end, history, runs
from adamatlas.theory.conditions import Condition

REQUIRES = ("age", "batch_size", "beta1", "beta2", "optimizer", "part", "seed", "snapshot")
QUANTITIES = (
    "bound_share",
    "feature",
    "follows_gradient",
    "follows_weight",
    "noise_min",
    "regime_share",
    "sign_agreement",
    "test_error",
    "update_ratio",
)
LEMMA = {100: "Lemma C.2 for n/B = Theta(1)", 2: "Lemma C.2 for mini-batches"}
FORGOTTEN = 10
NEAR = 0.25


def judge(cube: xr.Dataset) -> list[Claim]:
    """Lemma C.1's bound; Lemma C.2 for Adam at its default betas; the courses of the sign methods."""
    return [
        _bound(cube),
        *(judged for size in LEMMA for judged in _sign_steps(cube, size)),
        *_between_visits(cube, 2),
        *(_twin(cube, name, size) for name in SIGN_METHODS for size in LEMMA),
    ]


def _bound(cube: xr.Dataset) -> Claim:
    squares = (cube["beta1"] ** 2 < cube["beta2"]).values
    pairs = ", ".join(f"({b1:g}, {b2:g})" for b1, b2 in np.stack([cube["beta1"], cube["beta2"]], 1)[squares])
    return claim(
        cube,
        "bound",
        kind="theory",
        source="Lemma C.1",
        statement="No coordinate ever moves by more than lr times a constant, at each pair of betas with "
        "beta1^2 < beta2; the constant is (1 - beta1) / sqrt((1 - beta2) (1 - beta1^2 / beta2))",
        quantity="largest abs(update) / lr over the lemma's bound at that step",
        estimate=largest(cube["bound_share"]),
        rule=below(1 + 1e-4),
        conditions=[Condition("beta1^2 < beta2", pairs, bool(squares.any()))],
        note="At (0.9, 0.999) the constant is 7.27: a step can be seven times the learning rate.",
    )


def _sign_steps(cube: xr.Dataset, size: int) -> list[Claim]:
    """Where abs(g) >= lr: the sign of the update, and its size, before and after a tenth of the run."""
    beta2 = float(cube["beta2"].values.max())
    point = {"optimizer": "adam", "batch_size": size, "beta2": beta2}
    found = runs(cube, "part", **point)
    feature, support = (found.sel(part=part) for part in ("feature", "support"))
    agreement, ratio, inside = (
        _windows(feature, name) for name in ("sign_agreement", "update_ratio", "regime_share")
    )
    judged = partial(claim, cube, kind="theory", source=LEMMA[size], conditions=regime.data(cube, **point))
    who = f"Adam (B={size}, beta2={beta2:g}): where abs(g) >= lr the update"
    return [
        judged(
            f"feature_b{size}",
            statement=f"{who} of the feature coordinate has the sign of the gradient",
            quantity="sign_agreement, mean over the first tenth or the rest of the run, the smaller",
            estimate=mean(agreement.min(axis=1)),
            rule=above(0.9),
            note=f"Early {span(agreement[:, 0], '.2f')}, later {span(agreement[:, 1], '.2f')}; share with "
            f"abs(g) >= lr: {span(inside[:, 0], '.2f')} and {span(inside[:, 1], '.2f')}.",
        ),
        judged(
            f"support_b{size}",
            statement=f"{who} of the batch's noise coordinates has the sign of the gradient",
            quantity="sign_agreement, mean over the run",
            estimate=mean(_windows(support, "sign_agreement").mean(axis=1)),
            rule=above(0.9),
        ),
        judged(
            f"magnitude_b{size}",
            bound="two-sided",
            statement=f"{who} of the feature coordinate has the size of a sign step, lr up to a factor of 2",
            quantity="update_ratio in [0.5, 2], over the first tenth and the rest of the run",
            estimate=share(np.where(np.isfinite(ratio), (ratio >= 0.5) & (ratio <= 2), np.nan)),
            rule=above(0.5),
            note=f"abs(update) / lr early {span(ratio[:, 0], '.2f')}, later {span(ratio[:, 1], '.2f')}.",
        ),
    ]


def _windows(found: xr.Dataset, name: str) -> np.ndarray:
    """A quantity (seed, window): its means over the first tenth of the run and over the rest."""
    course = history(found, name)
    step = course["step"].values
    early = step <= 0.1 * step.max(initial=0)
    windows = [course[:, (step > 0) & part].mean("snapshot").values for part in (early, ~early)]
    return np.stack(windows, axis=1)


def _between_visits(cube: xr.Dataset, size: int) -> list[Claim]:
    """Coordinates long not visited: has the update the sign of the weight or still of the gradient?"""
    point = {"optimizer": "adam", "batch_size": size, "beta2": float(cube["beta2"].values.max())}
    found = runs(cube, "age", **point)
    old = found["age"].values >= FORGOTTEN
    weight, gradient = (
        history(found, name).transpose("seed", "snapshot", "age")
        for name in ("follows_weight", "follows_gradient")
    )
    who = f"Adam (B={size}): a coordinate that the last {FORGOTTEN} batches do not hold"
    judged = partial(claim, cube, source=LEMMA[2], rule=above(0.9))
    return [
        judged(
            f"forgets_b{size}",
            kind="theory",
            statement=f"{who} moves with the weight decay alone, by the sign of its weight",
            quantity=f"follows_weight, mean over snapshots and ages from {FORGOTTEN} on",
            estimate=mean(weight[..., old].mean(["snapshot", "age"])),
            conditions=regime.small(cube, **point),
            note=f"By age: {_ages(weight)}.",
        ),
        judged(
            f"remembers_b{size}",
            kind="extension",
            statement=f"{who} still moves by the sign of its last visit's gradient, at the paper's betas",
            quantity=f"follows_gradient, mean over snapshots and ages from {FORGOTTEN} on",
            estimate=mean(gradient[..., old].mean(["snapshot", "age"])),
            note=f"By age: {_ages(gradient)}.",
        ),
    ]


def _ages(course: xr.DataArray) -> str:
    return summaries(course["age"].values, course.mean("snapshot").values.T, ".2f", "none")


def _twin(cube: xr.Dataset, optimizer: str, size: int) -> Claim:
    """The distance of the courses of feature and noise from those of the sign method, by pair of betas."""
    twin = SIGN_METHODS[optimizer]
    other = _courses(cube, twin, size, 0.0)
    betas = [beta2 for beta2 in cube["beta2"].values.tolist() if beta2 > 0]
    distance = np.full((cube.sizes["seed"], len(betas)), np.nan)
    for k, beta2 in enumerate(betas):
        gap = (_courses(cube, optimizer, size, beta2) - other) / abs(other).max("snapshot")
        worst = abs(gap).max(["snapshot", "label", "quantity"], skipna=False)
        distance[:, k] = worst.reindex(seed=cube["seed"]).values
    ends = [
        at_end(runs(cube, optimizer=name, batch_size=size, beta2=beta2), "test_error").values
        for name, beta2 in ((twin, 0.0), *((optimizer, beta2) for beta2 in betas))
    ]
    labels = [f"{optimizer} at beta2={beta2:g}" for beta2 in betas]
    return claim(
        cube,
        f"twin_{optimizer}_b{size}",
        kind="extension",
        source="Section 5 (motivation)",
        statement=f"At each pair of betas {names.name(optimizer)} (B={size}) takes the course of "
        f"{names.name(twin)}: feature and noise differ by less than a quarter of their largest value",
        quantity="largest difference of feature and noise_min over the run / their largest under the twin",
        estimate=share(np.where(np.isfinite(distance), distance < NEAR, np.nan)),
        rule=above(0.5),
        note=f"Medians of the difference: {summaries(betas, distance.T, '.2g', 'no runs')}. Median test "
        f"errors at the end: {summaries([twin, *labels], ends, '.3f', 'no runs')}.",
    )


def _courses(cube: xr.Dataset, optimizer: str, size: int, beta2: float) -> xr.DataArray:
    """(quantity, seed, snapshot, label) of feature and noise_min."""
    part = runs(cube, optimizer=optimizer, batch_size=size, beta2=beta2)
    courses = [history(part, name).drop_vars(["step", "epoch", "beta1"], errors="ignore") for name in COURSES]
    return xr.concat(courses, "quantity", coords="minimal", compat="override")


COURSES = ("feature", "noise_min")
