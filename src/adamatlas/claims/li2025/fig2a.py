"""Figure 2a: test loss over the number of examples, SGD and Adam, each at its best of as many trials."""

import numpy as np
import xarray as xr

from adamatlas.claims.estimates import mean, share
from adamatlas.claims.rules import Claim, above, claim
from adamatlas.claims.words import summaries
from adamatlas.readings.li2025 import RECOVERED, Trial, least_recovered, steepest, trials
from adamatlas.selection import exceeds, holds

REQUIRES = ("beta2", "lr", "n_train", "optimizer", "seed", "steps")
QUANTITIES = ("late_loss", "test_loss")
SOURCE = "Section 5.3, Figure 2a"


def judge(cube: xr.Dataset) -> list[Claim]:
    """Which optimizer needs fewer examples, at its best and at one budget; and whose loss falls steeper."""
    tried = {who: trials(cube, who) for who in ("adam", "sgd")}
    sizes = cube["n_train"].values
    best = {who: np.fmin.reduce([one.late for one in found]) for who, found in tried.items() if found}
    least = {who: least_recovered(sizes, loss) for who, loss in best.items()}
    note = " ".join(_said(who, found, sizes) for who, found in tried.items())
    return [
        claim(
            cube,
            "adam_earlier",
            kind="reported",
            source=SOURCE,
            statement="Trained until convergence, Adam recovers the truth from fewer examples than SGD",
            quantity=f"share of seeds where the least n with test loss below {RECOVERED:g} is smaller for "
            "Adam, each at its best trial",
            estimate=share(_earlier(least, "adam", "sgd")),
            rule=above(0.5),
            note=f"{len(tried['adam'])} trials of Adam, {len(tried['sgd'])} of SGD. Recovered over n: {note}",
        ),
        claim(
            cube,
            "sgd_earlier",
            kind="extension",
            source="Beyond the paper: the budget",
            statement="It is the other way round: SGD recovers the truth from fewer examples than Adam",
            quantity="share of seeds where that n is smaller for SGD",
            estimate=share(_earlier(least, "sgd", "adam")),
            rule=above(0.5),
        ),
        claim(
            cube,
            "same_budget",
            kind="extension",
            source="Beyond the paper: the budget",
            statement="With SGD's learning rate and steps Adam recovers the truth from fewer examples",
            quantity="share of seeds where that n is smaller for Adam, at the smallest lr and fewest steps",
            estimate=share(_earlier({who: _at_first_budget(found, sizes) for who, found in tried.items()})),
            rule=above(0.5),
        ),
        claim(
            cube,
            "plunge",
            kind="reported",
            source=SOURCE,
            statement="Adam's test loss plunges over n, while SGD's decreases gradually",
            quantity="steepest -d log(test loss) / d log(n) between neighbouring n, Adam minus SGD, each at "
            "its best trial",
            estimate=mean(_steeper(sizes, best)),
            rule=above(0.0),
            note=f"Steepest, medians: {summaries(best, (steepest(sizes, loss) for loss in best.values()))}.",
        ),
        claim(
            cube,
            "converged",
            kind="check",
            source=SOURCE,
            statement="The longest trial of each has converged: it has recovered the truth at its end where "
            "it had after half of it",
            quantity="share of seeds with the same n recovered, both optimizers",
            estimate=share(_settled(tried)),
            rule=above(0.5),
        ),
    ]


def _earlier(least: dict[str, np.ndarray], one: str = "adam", other: str = "sgd") -> np.ndarray:
    """1 where `one` needs fewer examples (seed,), NaN where an optimizer is missing."""
    if len(least) < 2 or least[one].shape != least[other].shape:
        return np.full(1, np.nan)
    unknown = np.isnan(least[one]) | np.isnan(least[other])
    return np.where(unknown, np.nan, least[one] < least[other])


def _steeper(sizes: np.ndarray, best: dict[str, np.ndarray]) -> np.ndarray:
    if len(best) < 2:
        return np.full(1, np.nan)
    return steepest(sizes, best["adam"]) - steepest(sizes, best["sgd"])


def _at_first_budget(found: list[Trial], sizes: np.ndarray) -> np.ndarray:
    """The least n recovered (seed,) at the smallest lr and, of those, the fewest steps and least beta2."""
    return least_recovered(sizes, min(found, key=lambda trial: trial.budget).late) if found else np.empty(0)


def _settled(tried: dict[str, list[Trial]]) -> np.ndarray:
    same = []
    for found in tried.values():
        longest = max(found, key=lambda trial: (trial.budget[1], trial.budget[0]), default=None)
        if longest is not None:
            change = exceeds(longest.half, RECOVERED) - exceeds(longest.late, RECOVERED)
            known = np.isfinite(change)
            same.append(np.where(known.any(axis=1), ~((change != 0) & known).any(axis=1), np.nan))
    return np.min(same, axis=0) if len(same) == len(tried) else np.full(1, np.nan)


def _said(who: str, found: list[Trial], sizes: np.ndarray) -> str:
    shares = [
        f"{trial.name}: {summaries(sizes, holds(trial.late, trial.late < RECOVERED).T, '.1f', of=np.mean)}"
        for trial in found
    ]
    return f"{who}: {'; '.join(shares)}."
