"""Which memory and which batch size make Adam fail: the map beyond Theorems 4.1 and 4.2."""

import math
from functools import partial

import numpy as np
import xarray as xr

from adamatlas.claims.estimates import largest, share
from adamatlas.claims.rules import Claim, above, below, claim
from adamatlas.selection import at_end, constant, runs

REQUIRES = ("batch_size", "beta2", "n_train", "optimizer", "seed")
QUANTITIES = ("test_error",)
SOURCE = "Beyond the paper: Theorems 4.1, 4.2 over batch size, beta2 and n"
FAILS = 0.25
"""Test errors lie near 0 or above 0.45; between them nothing has learned the feature of both classes."""


SAME = 0.01
"""Test errors of 10,000 examples this close are alike."""


def judge(cube: xr.Dataset) -> list[Claim]:
    """How the shortest memory with which a run fails moves with n/B and with n, for Adam."""
    found = {
        int(n): onsets(runs(cube, "batch_size", "beta2", optimizer="adam", n_train=n), int(n)).reindex(
            seed=cube["seed"]
        )
        for n in cube["n_train"].values
    }
    judged = partial(claim, cube, kind="extension", source=SOURCE)
    return [
        judged(
            "onset_by_batch_size",
            statement="Adam fails from a sharp onset of memory 1/(1 - beta2) on, which grows with n/B",
            quantity=f"share of seeds in which the shortest memory with test_error > {FAILS:g} is longer, or "
            "there is none, for each next larger n/B",
            estimate=share(_in_all(np.concatenate([_longer(onset) for onset in found.values()], axis=1))),
            rule=above(0.5),
            note=_listed(found),
        ),
        judged(
            "onset_by_examples",
            statement="At the same n/B the onset comes at shorter memory with fewer examples",
            quantity="share of seeds in which it is shorter for the next smaller n",
            estimate=share(_in_all(_earlier(found))),
            rule=above(0.5),
        ),
        judged(
            "falls_again",
            statement="Beyond the onset the test error of full-batch Adam falls again as the memory grows",
            quantity="share of seeds in which the longest memory has a lower test error than the worst",
            estimate=share(_falls(cube)),
            rule=above(0.5),
        ),
        judged(
            "no_forgetting",
            statement="Forgetting between visits (Lemma C.2: beta2^(n / 2B) <= lambda eta) is not what lets "
            "runs generalize",
            quantity=f"largest (n / 2B) log(1 / beta2) / log(1 / (lambda eta)) with test_error <= {FAILS:g}",
            estimate=largest(_forgetting(cube)),
            rule=below(1.0),
        ),
    ]


def onsets(part: xr.Dataset, n: int) -> xr.DataArray:
    """The shortest memory 1/(1 - beta2) with which a run fails, (epoch, seed); inf where none does.

    part: the runs over batch_size and beta2; epoch: the steps of an epoch n/B, ascending. NaN where there are
    no runs.
    """
    error = at_end(part, "test_error").transpose("batch_size", "seed", "beta2")
    memory = 1 / (1 - error["beta2"].astype(float))
    first = xr.where(error > FAILS, memory, math.inf).min("beta2")
    first = first.where(np.isfinite(error).any("beta2"))
    epoch = n / first["batch_size"].values
    onset = xr.DataArray(first.values, {"epoch": epoch, "seed": first["seed"].values}, ("epoch", "seed"))
    return onset.sortby("epoch").dropna("epoch", how="all")


def _in_all(happened: np.ndarray) -> np.ndarray:
    """(seed,): 1 where all cells (seed, cell) that can be compared hold, 0 where one does not, else NaN."""
    comparable = np.isfinite(happened).any(axis=1)
    return np.where(comparable, ~(happened == 0).any(axis=1), np.nan)


def _longer(onset: xr.DataArray) -> np.ndarray:
    """(seed, pair): whether it grows to the next larger n/B, where it is not beyond the grid at both."""
    low, high = onset.values[:-1], onset.values[1:]
    return np.where(np.isfinite(low), high > low, np.nan).T


def _earlier(found: dict[int, xr.DataArray]) -> np.ndarray:
    """(seed, cell): whether the onset is shorter with fewer examples, where either has one."""
    cells = []
    for few, many in zip(sorted(found)[:-1], sorted(found)[1:], strict=True):
        one, other = xr.align(found[few], found[many], join="inner")
        cells.append(np.where(np.isfinite(one) | np.isfinite(other), one < other, np.nan).T)
    return np.concatenate(cells, axis=1) if cells else np.empty((0, 0))


def _falls(cube: xr.Dataset) -> np.ndarray:
    """(seed, n): whether the longest memory has a lower test error than the worst, full batch."""
    cells = []
    for n in cube["n_train"].values:
        error = at_end(runs(cube, "beta2", optimizer="adam", n_train=n, batch_size=n), "test_error")
        error = error.sortby("beta2").reindex(seed=cube["seed"]).transpose("seed", "beta2").values
        cells.append(
            np.where(np.isfinite(error).all(axis=1), error[:, -1] < error.max(axis=1) - SAME, np.nan)
        )
    return np.stack(cells, axis=1)


def _forgetting(cube: xr.Dataset) -> np.ndarray:
    """(n / 2B) log(1 / beta2) / log(1 / (lambda eta)) of the runs that generalize."""
    part = runs(cube, "n_train", "batch_size", "beta2", optimizer="adam")
    epoch = part["n_train"] / part["batch_size"]
    eta = float(constant(cube, "lr", 5e-5))
    decay = np.atleast_1d(part["weight_decay"].values)[0] if "weight_decay" in part.coords else 1e-5
    ratio = epoch / 2 * np.log(1 / part["beta2"].astype(float)) / math.log(1 / (decay * eta))
    return ratio.where(at_end(part, "test_error") <= FAILS).values


def _listed(found: dict[int, xr.DataArray]) -> str:
    """The median onset of each cell, in words."""
    cells = [
        f"n={n}, n/B={epoch:g}: {np.nanmedian(onset):.3g}"
        for n, onsets_ in found.items()
        for epoch, onset in zip(onsets_["epoch"].values, onsets_.values, strict=True)
    ]
    return f"Median onsets: {', '.join(cells)} (inf: none up to the longest memory)." if cells else ""
