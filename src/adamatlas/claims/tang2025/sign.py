"""Section 5, Appendix C: where Adam's update is a sign step."""

from itertools import product

import numpy as np
import xarray as xr

from adamatlas.claims.rules import Claim, above, below, claim, mean
from adamatlas.claims.words import listed
from adamatlas.readings.names import SIGN_METHODS
from adamatlas.selection import at_end, history, runs

REQUIRES = ("batch_size", "beta1", "beta2", "optimizer", "part", "seed", "snapshot")
QUANTITIES = ("regime_share", "sign_agreement", "test_error", "update_ratio")
SOURCE = "Section 5, Appendix C"
PARTS = {"feature": "feature coordinate", "support": "support"}

Window = tuple[str, float, float]
"""A part of the run: its words, and where it begins and ends, as shares of the run."""
EARLY: Window = ("mean over the first tenth", 0.0, 0.1)
REST: Window = ("mean over the rest of the run", 0.1, 1.0)
RUN: Window = ("mean over the run", 0.0, 1.0)
END: Window = ("at the end", 1.0, 1.0)

MANY = "in the first tenth of the run a good part of the feature coordinates has abs(g) >= lr"
SOME = "at the end some feature coordinates still have abs(g) >= lr"
SIGN = "in the regime the update has the gradient's sign on the"
SIZE = "in the regime the update has the size of a sign step (within a factor of 2)"
REGIME = (
    ("regime_early", "regime_share", "feature", EARLY, 0.25, MANY),
    ("regime_late", "regime_share", "feature", END, 0.01, SOME),
    ("agreement_early", "sign_agreement", "feature", EARLY, 0.9, f"{SIGN} feature coordinate, first tenth"),
    ("agreement_late", "sign_agreement", "feature", REST, 0.9, f"{SIGN} feature coordinate, rest of the run"),
    ("agreement_support", "sign_agreement", "support", RUN, 0.9, f"{SIGN} batch's noise coordinates"),
    ("magnitude_early", "update_ratio", "feature", EARLY, 0.5, f"{SIZE}, first tenth"),
    ("magnitude_late", "update_ratio", "feature", REST, 0.5, f"{SIZE}, rest of the run"),
)
"""Name, quantity, part of the coordinates, window, lower bound and statement of each claim on the regime."""


def judge(cube: xr.Dataset) -> list[Claim]:
    """Regime, agreement and size of the update at Adam's default betas; then how the sign methods end."""
    betas, sizes = cube["beta2"].values.tolist(), (100, 2)
    cells = product(SIGN_METHODS, sizes, [beta2 for beta2 in betas if beta2 > 0])
    return [
        *(judged for size in sizes for judged in _regime(cube, size, max(betas))),
        *(_twin(cube, *cell) for cell in cells),
    ]


def _regime(cube: xr.Dataset, size: int, beta2: float) -> list[Claim]:
    found = runs(cube, "part", optimizer="adam", batch_size=size, beta2=beta2)
    return [
        claim(
            cube,
            f"{name}_b{size}",
            source=SOURCE,
            statement=f"Adam (B={size}, beta2={beta2:g}): {statement}",
            quantity=f"{quantity}, {PARTS[part]}, {window[0]}",
            estimate=mean(_mean_over(window, found.sel(part=part), quantity)),
            rule=above(bound),
        )
        for name, quantity, part, window, bound, statement in REGIME
    ]


def _mean_over(window: Window, found: xr.Dataset, name: str) -> np.ndarray:
    """Each seed's mean of a quantity over the snapshots in a window of the run, after step 0."""
    _, first, last = window
    course = history(found, name)
    step = course["step"].values
    done = step / max(step.max(initial=0), 1)
    return course[:, (step > 0) & (done >= first) & (done <= last)].mean("snapshot").values


def _twin(cube: xr.Dataset, optimizer: str, size: int, beta2: float) -> Claim:
    twin = SIGN_METHODS[optimizer]
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
