"""Test accuracy over lambda and sigma_p, for PEGR and FGR, against the linear theory."""

from __future__ import annotations

import numpy as np
import xarray as xr

from adamatlas.claims.rules import Claim, above, below, claim, mean, share, within
from adamatlas.claims.words import summaries
from adamatlas.readings import names
from adamatlas.readings.meng2023 import FGR, PEGR, accuracy, noisy, setting
from adamatlas.selection import runs
from adamatlas.theory import linear_growth

REQUIRES = ("reg_lambda", "regularizer", "seed", "sigma_p")
QUANTITIES = ("test_accuracy",)
HALF_WAY = 0.75
PERFECT = 0.99


def judge(cube: xr.Dataset) -> list[Claim]:
    """Where each regularizer begins to work, their ratio, and whether FGR works at all."""
    return [_threshold(cube, PEGR), _threshold(cube, FGR), _ratio(cube), _fails(cube), _too_large(cube)]


def critical(values: xr.DataArray) -> np.ndarray:
    """The smallest lambda at which the accuracy passes 0.75, (seed, sigma_p): linear in log lambda between
    the last value below and the first above. NaN where the grid does not bracket it.
    """
    strength = values["reg_lambda"].values
    out = np.full((values.sizes["seed"], values.sizes["sigma_p"]), np.nan)
    for (k, seed), _ in np.ndenumerate(out):
        course = values.isel(seed=k, sigma_p=seed).values
        reached = np.flatnonzero(course > HALF_WAY)
        if not reached.size or reached[0] == 0 or not np.isfinite(course[reached[0] - 1]):
            continue
        low, high = reached[0] - 1, reached[0]
        way = (HALF_WAY - course[low]) / (course[high] - course[low])
        out[k, seed] = np.exp((1 - way) * np.log(strength[low]) + way * np.log(strength[high]))
    return out


def _threshold(cube: xr.Dataset, kind: str) -> Claim:
    who, values = names.name(kind), noisy(accuracy(cube, kind))
    theory = linear_growth.no_noise_growth(kind, values["sigma_p"].values, setting(cube))
    ratio = critical(values) / theory
    formula = "1/(c sigma_p^2 d)" if kind == PEGR else "n/(2 c sigma_p^2 d)"
    return claim(
        cube,
        f"{who.lower()}_threshold",
        source="beyond the paper (linear theory of Sec. 5.1)",
        statement=f"{who} begins to work at the lambda at which linear theory says that noise stops growing, "
        f"{formula} (within a factor of 3/2)",
        quantity=f"smallest lambda with test_accuracy > {HALF_WAY} over {formula}, geometric mean over "
        "sigma_p of 0.5 and more",
        estimate=mean(_geometric(ratio)),
        rule=within(2 / 3, 1.5),
        note=_by_noise(values, ratio),
    )


def _ratio(cube: xr.Dataset) -> Claim:
    pegr, fgr = (critical(noisy(accuracy(cube, kind))) for kind in (PEGR, FGR))
    ratio = fgr / pegr if fgr.shape == pegr.shape else np.full(pegr.shape, np.nan)
    ratio = ratio / (setting(cube).n / 2)
    return claim(
        cube,
        "ratio",
        source="beyond the paper (linear theory of Sec. 5.1)",
        statement="FGR works where PEGR does, at n/2 times its lambda (within a factor of 3/2)",
        quantity="critical lambda of FGR over n/2 times that of PEGR, geometric mean over sigma_p of 0.5 "
        "and more",
        estimate=mean(_geometric(ratio)),
        rule=within(2 / 3, 1.5),
        note=_by_noise(noisy(accuracy(cube, FGR)), ratio),
    )


def _fails(cube: xr.Dataset) -> Claim:
    values = noisy(accuracy(cube, FGR))
    known = np.isfinite(values.values)
    fails = ~((values.values > PERFECT) & known).any(axis=1)
    best = values.mean("seed").max("reg_lambda")
    pairs = [f"{s:g}: {v:.3f}" for s, v in zip(best["sigma_p"].values, best.values, strict=True)]
    return claim(
        cube,
        "fgr_fails",
        source="Section 3, Figure 4",
        statement="FGR fails at sigma_p of 0.5 and more, whatever its lambda",
        quantity=f"share of seeds and sigma_p without a lambda that gives test_accuracy > {PERFECT}",
        estimate=share(np.where(known.any(axis=1), fails, np.nan), of="seeds and sigma_p"),
        rule=above(0.5),
        note=f"Mean accuracy at the best lambda, at sigma_p {', '.join(pairs)}." if known.any() else "",
    )


def _too_large(cube: xr.Dataset) -> Claim:
    works, diverged = [], 0
    limit = linear_growth.no_signal_growth(setting(cube))
    for kind in (PEGR, FGR):
        values = accuracy(cube, kind)
        status = runs(cube, "sigma_p", "reg_lambda", regularizer=kind)["status"]
        diverged += int((status == 2).sum())
        chosen = noisy(values)
        chosen = chosen.isel(reg_lambda=np.flatnonzero(chosen["reg_lambda"].values > limit))
        lost = status.sel(sigma_p=chosen["sigma_p"], reg_lambda=chosen["reg_lambda"]) == 2
        works.append(np.where(np.isfinite(chosen) | lost, chosen > PERFECT, np.nan).ravel())
    return claim(
        cube,
        "too_large",
        source="beyond the paper (linear theory of Sec. 5.1)",
        statement="Neither regularizer works at lambda > 1/c, where linear theory says that the signal stops "
        "growing",
        quantity=f"share of runs with test_accuracy > {PERFECT} at lambda > 1/c and sigma_p of 0.5 and more; "
        "a run that diverges does not work",
        estimate=share(np.concatenate(works), of="runs"),
        rule=below(0.05),
        note=f"{diverged} runs of the whole map diverge.",
    )


def _geometric(ratio: np.ndarray) -> np.ndarray:
    """Geometric mean over sigma_p, where known (seed,)."""
    known = np.isfinite(ratio)
    logs = np.where(known, np.log(np.where(known, ratio, 1.0)), 0.0).sum(axis=1)
    with np.errstate(invalid="ignore"):
        return np.exp(logs / known.sum(axis=1))


def _by_noise(values: xr.DataArray, ratio: np.ndarray) -> str:
    return f"Medians at sigma_p {summaries(values['sigma_p'].values, ratio.T, '.2f', 'unknown')}."
