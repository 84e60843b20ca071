"""Theorems 4.1 and 4.2 on the theory's own data, and what else makes small batches work."""

from functools import partial

import numpy as np
import xarray as xr

from adamatlas.claims import regime, tables
from adamatlas.claims.estimates import Estimate, share
from adamatlas.claims.rules import Claim, above, claim
from adamatlas.claims.words import summaries
from adamatlas.readings.tang2025 import ADAM, DISJOINT, owners
from adamatlas.selection import at_end, runs

REQUIRES = ("alpha", "batch_size", "beta2", "d", "sampler", "seed")
QUANTITIES = ("test_error",)
SMALL, CHANCE = 0.05, 0.5
INSIDE, PAPER = 0.04, 0.2
"""alpha below s sigma_p^2 / n = 0.05, as the theory has it, and the paper's."""


def judge(cube: xr.Dataset) -> list[Claim]:
    """Both theorems at an alpha inside; then what decides at n/B = 20: alpha, forgetting, overlap."""
    one, full = ({**DISJOINT, **ADAM, "alpha": INSIDE, "batch_size": size} for size in (1, 20))
    judged = partial(claim, cube, kind="extension", rule=above(0.5))
    alphas = {size: _errors(cube, "alpha", **DISJOINT, **ADAM, batch_size=size) for size in (1, 20)}
    betas, halves = (_errors(cube, "beta2", **DISJOINT, alpha=PAPER, batch_size=size) for size in (1, 10))
    sparse = {"sampler": "sparse", **ADAM, "alpha": PAPER}
    shared = {size: _errors(cube, "d", **sparse, batch_size=size) for size in (1, 20)}
    return [
        tables.worse_than_chance(
            cube, "full", "Full-batch Adam", "Theorem 4.1", regime.large(cube, **full), **full
        ),
        tables.near_zero(cube, "b1", "Adam with n/B=20", "Theorem 4.2", regime.small(cube, **one), **one),
        judged(
            "batch",
            source="Theorems 4.1 and 4.2 where alpha < s sigma_p^2 / n",
            statement="Without overlap and at alpha < s sigma_p^2 / n batch size decides, as the paper says: "
            "full-batch Adam has test error above 1/2, n/B=20 below 0.05, though beta2=0.999 forgets "
            "nothing between visits",
            quantity="share of seeds with both, at each alpha below 0.05",
            estimate=_both(
                _holds(alphas[20].where(alphas[20]["alpha"] < 0.05, drop=True), above=CHANCE),
                _holds(alphas[1].where(alphas[1]["alpha"] < 0.05, drop=True), below=SMALL),
            ),
            note=f"Median test errors by alpha, n/B=20: {_medians(alphas[1])}; full batch: "
            f"{_medians(alphas[20])}.",
        ),
        judged(
            "alpha",
            source="Appendix A.1, alpha = o(s sigma_p^2 / n)",
            statement="At the paper's alpha of 0.2 and without overlap small batches fail like full ones: "
            "test error above 1/2 at n/B=20",
            quantity="share of seeds with test_error > 1/2",
            estimate=_both(_holds(_at(alphas[1], alpha=PAPER), above=CHANCE)),
            note="n/B=20 exceeds log(1/eps)=18.4, which Theorem 4.2 asks for.",
        ),
        judged(
            "forgetting",
            source="Lemma C.2",
            statement="Forgetting between two visits is enough: at alpha=0.2 and n/B=20 the test error is "
            "below 0.05 at betas (0.1, 0.1), where beta2^(n/2B) <= lambda eta, above 1/2 at (0.9, 0.99)",
            quantity="share of seeds with both",
            estimate=_both(
                _holds(_at(betas, beta2=0.1), below=SMALL),
                _holds(_at(betas, beta2=0.99), above=CHANCE),
            ),
            note=f"Median test errors by beta2: {_medians(betas)}.",
        ),
        judged(
            "twin",
            source="Section 5 (motivation), Lemma C.2",
            statement="SignSGD is not the twin of Adam in batches of half the data: without overlap its test "
            "error at n/B=2 is below 0.05 and Adam's above 1/2",
            quantity="share of seeds with both",
            estimate=_both(
                _holds(_at(halves, beta2=0.0), below=SMALL),
                _holds(_at(halves, beta2=0.999), above=CHANCE),
            ),
            note=f"Median test errors by beta2 (0: SignSGD): {_medians(halves)}.",
        ),
        judged(
            "overlap",
            source="Lemma A.4, which the paper's experiment violates",
            statement="Overlap is enough, too: at alpha=0.2, n/B=20 and beta2=0.999 the test error falls "
            "from above 1/2 with at most two examples a coordinate to below 0.1 with twenty",
            quantity="share of seeds with both",
            estimate=_both(
                _holds(shared[1].where(shared[1]["d"] > 1000, drop=True), above=CHANCE),
                _holds(_at(shared[1], d=101), below=0.1),
            ),
            note=f"Medians by examples a coordinate, n/B=20: {_medians(owners(cube, shared[1]))}; full "
            f"batch: {_medians(owners(cube, shared[20]))}.",
        ),
    ]


def _errors(cube: xr.Dataset, axis: str, **point: object) -> xr.DataArray:
    """Test error at the end over (seed, axis); NaN where nothing ran."""
    return at_end(runs(cube, "seed", axis, **point), "test_error").reindex(seed=cube["seed"])


def _at(errors: xr.DataArray, **place: float) -> xr.DataArray:
    ((axis, value),) = place.items()
    return errors.isel({axis: np.flatnonzero(np.isclose(errors[axis], value))})


def _holds(errors: xr.DataArray, above: float = -np.inf, below: float = np.inf) -> np.ndarray:
    """Whether errors lie between, (seed, place); NaN where not known."""
    values = errors.values
    known = np.isfinite(values)
    values = np.where(known, (values > above) & (values < below), np.nan)
    return values[:, known.any(axis=0)] if known.any() else np.full((len(values), 1), np.nan)


def _both(*parts: np.ndarray) -> Estimate:
    return share(np.concatenate(parts, axis=1))


def _medians(errors: xr.DataArray) -> str:
    return summaries(errors[errors.dims[1]].values, errors.values.T, ".3g")
