"""Section 5, Appendix C: where Adam's update is a sign step."""

from __future__ import annotations

import numpy as np
import xarray as xr

from adamatlas.claims.rules import Claim, Estimate, above, below, claim, mean
from adamatlas.claims.words import listed
from adamatlas.selection import at_end, history, runs

REQUIRES = ("batch_size", "beta1", "beta2", "optimizer", "part", "seed", "snapshot")
QUANTITIES = ("regime_share", "sign_agreement", "test_error", "update_ratio")
SOURCE = "Section 5, Appendix C"
EARLY = 0.1
TWINS = {"adam": "signsgd", "adamw": "signsgdw"}


def judge(cube: xr.Dataset) -> list[Claim]:
    """The regime, the agreement and the size of the update for Adam's default betas; then the twins."""
    beta2 = float(max(cube["beta2"].values))
    regime = [judgement for size in (100, 2) for judgement in _regime(cube, size, beta2)]
    twins = [
        _twin(cube, optimizer, size, float(beta))
        for optimizer in TWINS
        for size in (100, 2)
        for beta in cube["beta2"].values
        if beta > 0
    ]
    return regime + twins


def _regime(cube: xr.Dataset, size: int, beta2: float) -> list[Claim]:
    point = {"optimizer": "adam", "batch_size": size, "beta2": beta2}
    who = f"Adam (B={size}, beta2={beta2:g})"

    def one(name: str, statement: str, quantity: str, estimate: Estimate, rule: object) -> Claim:
        return claim(
            cube,
            f"{name}_b{size}",
            source=SOURCE,
            statement=f"{who}: {statement}",
            quantity=quantity,
            estimate=estimate,
            rule=rule,
        )

    early, late = (slice(0, EARLY), slice(1.0, 1.0))
    return [
        one(
            "regime_early",
            "in the first tenth of the run a good part of the feature coordinates has abs(g) >= lr",
            "regime_share, feature coordinate, mean over the first tenth",
            mean(window(cube, "regime_share", "feature", early, **point)),
            above(0.25),
        ),
        one(
            "regime_late",
            "at the end some feature coordinates still have abs(g) >= lr",
            "regime_share, feature coordinate, at the end",
            mean(window(cube, "regime_share", "feature", late, **point)),
            above(0.01),
        ),
        one(
            "agreement_early",
            "in the regime the update has the gradient's sign on the feature coordinate, first tenth",
            "sign_agreement, feature coordinate, mean over the first tenth",
            mean(window(cube, "sign_agreement", "feature", early, **point)),
            above(0.9),
        ),
        one(
            "agreement_late",
            "in the regime the update has the gradient's sign on the feature coordinate, rest of the run",
            "sign_agreement, feature coordinate, mean over the rest of the run",
            mean(window(cube, "sign_agreement", "feature", slice(EARLY, 1.0), **point)),
            above(0.9),
        ),
        one(
            "agreement_support",
            "in the regime the update has the gradient's sign on the batch's noise coordinates",
            "sign_agreement, support, mean over the run",
            mean(window(cube, "sign_agreement", "support", slice(0, 1.0), **point)),
            above(0.9),
        ),
        one(
            "magnitude_early",
            "in the regime the update has the size of a sign step (within a factor of 2), first tenth",
            "update_ratio, feature coordinate, mean over the first tenth",
            mean(window(cube, "update_ratio", "feature", early, **point)),
            above(0.5),
        ),
        one(
            "magnitude_late",
            "in the regime the update has the size of a sign step (within a factor of 2), rest of the run",
            "update_ratio, feature coordinate, mean over the rest of the run",
            mean(window(cube, "update_ratio", "feature", slice(EARLY, 1.0), **point)),
            above(0.5),
        ),
    ]


def window(cube: xr.Dataset, name: str, part: str, moments: slice, **point: object) -> np.ndarray:
    """Each seed's mean of a quantity over the snapshots in a window of the run (shares of it, after step
    0)."""
    found = history(runs(cube, part=part, **point), name)
    step = found["step"].values
    done = step / max(step.max(initial=0), 1)
    kept = (step > 0) & (done >= moments.start) & (done <= moments.stop)
    values = found.values[:, kept]
    known = np.isfinite(values)
    total, count = np.where(known, values, 0).sum(axis=1), known.sum(axis=1)
    return np.divide(total, count, out=np.full(len(values), np.nan), where=count > 0)


def _twin(cube: xr.Dataset, optimizer: str, size: int, beta2: float) -> Claim:
    twin = TWINS[optimizer]
    one = runs(cube, optimizer=optimizer, batch_size=size, beta2=beta2)
    other = runs(cube, optimizer=twin, batch_size=size, beta2=0.0)
    seeds = np.intersect1d(one["seed"], other["seed"])
    ends = [at_end(part.sel(seed=seeds), "test_error").values for part in (one, other)]
    beta1 = np.atleast_1d(one["beta1"].values)[0]
    return claim(
        cube,
        f"match_{optimizer}_b{size}_beta2_{beta2:g}",
        source=SOURCE,
        statement=f"{optimizer} with betas ({beta1:g}, {beta2:g}) ends where {twin} ends (B={size}): their "
        "test errors differ by less than 0.1 on the same data and initialization",
        quantity="abs(test_error - test_error of the sign method)",
        estimate=mean(np.abs(ends[0] - ends[1])),
        rule=below(0.1),
        note=f"Test errors of {optimizer}: {listed(ends[0])}; of {twin}: {listed(ends[1])}.",
    )
