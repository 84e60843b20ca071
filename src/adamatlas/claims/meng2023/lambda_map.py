"""Test accuracy over lambda and sigma_p, for PEGR and FGR, against the linear theory."""

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
SOURCE = "beyond the paper (linear theory of Sec. 5.1)"
HALF_WAY = 0.75
PERFECT = 0.99


def judge(cube: xr.Dataset) -> list[Claim]:
    """Where each regularizer begins to work, their ratio, and whether FGR works at all."""
    return [_threshold(cube, PEGR), _threshold(cube, FGR), _ratio(cube), _fails(cube), _too_large(cube)]


def critical(values: xr.DataArray) -> xr.DataArray:
    """The smallest lambda at which the accuracy passes 0.75, (seed, sigma_p): linear in log lambda between
    the last value below and the first above. NaN where the grid does not bracket it.
    """
    how = {"input_core_dims": [["reg_lambda"]] * 2, "output_dtypes": [float], "vectorize": True}
    return xr.apply_ufunc(_crossing, values, values["reg_lambda"], **how).transpose("seed", "sigma_p")


def _crossing(course: np.ndarray, strength: np.ndarray) -> float:
    reached = np.flatnonzero(course > HALF_WAY)
    if not reached.size or reached[0] == 0 or not np.isfinite(course[reached[0] - 1]):
        return np.nan
    low, high = reached[0] - 1, reached[0]
    way = (HALF_WAY - course[low]) / (course[high] - course[low])
    return np.exp((1 - way) * np.log(strength[low]) + way * np.log(strength[high]))


def _threshold(cube: xr.Dataset, kind: str) -> Claim:
    who, values = names.name(kind), noisy(accuracy(cube, kind))
    ratio = critical(values) / linear_growth.no_noise_growth(kind, values["sigma_p"].values, setting(cube))
    formula = "1/(c sigma_p^2 d)" if kind == PEGR else "n/(2 c sigma_p^2 d)"
    return claim(
        cube,
        f"{who.lower()}_threshold",
        source=SOURCE,
        statement=f"{who} begins to work at the lambda at which linear theory says that noise stops growing, "
        f"{formula} (within a factor of 3/2)",
        quantity=f"smallest lambda with test_accuracy > {HALF_WAY} over {formula}, geometric mean over "
        "sigma_p of 0.5 and more",
        estimate=mean(_geometric(ratio)),
        rule=within(2 / 3, 1.5),
        note=_by_noise(ratio),
    )


def _ratio(cube: xr.Dataset) -> Claim:
    pegr, fgr = (critical(noisy(accuracy(cube, kind))) for kind in (PEGR, FGR))
    ratio = fgr / pegr / (setting(cube).n / 2)
    return claim(
        cube,
        "ratio",
        source=SOURCE,
        statement="FGR works where PEGR does, at n/2 times its lambda (within a factor of 3/2)",
        quantity="critical lambda of FGR over n/2 times that of PEGR, geometric mean over sigma_p of 0.5 "
        "and more",
        estimate=mean(_geometric(ratio)),
        rule=within(2 / 3, 1.5),
        note=_by_noise(ratio),
    )


def _fails(cube: xr.Dataset) -> Claim:
    values = noisy(accuracy(cube, FGR))
    known = np.isfinite(values.values)
    fails = ~((values.values > PERFECT) & known).any(axis=1)
    best = values.mean("seed").max("reg_lambda")
    by_noise = summaries(best["sigma_p"].values, best.values[:, None], ".3f", "nan")
    return claim(
        cube,
        "fgr_fails",
        source="Section 3, Figure 4",
        statement="FGR fails at sigma_p of 0.5 and more, whatever its lambda",
        quantity=f"share of seeds and sigma_p without a lambda that gives test_accuracy > {PERFECT}",
        estimate=share(np.where(known.any(axis=1), fails, np.nan), of="seeds and sigma_p"),
        rule=above(0.5),
        note=f"Mean accuracy at the best lambda, at sigma_p {by_noise}." if known.any() else "",
    )


def _too_large(cube: xr.Dataset) -> Claim:
    works, diverged = [], 0
    for kind in (PEGR, FGR):
        status = runs(cube, "sigma_p", "reg_lambda", regularizer=kind)["status"]
        diverged += int((status == 2).sum())
        values = noisy(accuracy(cube, kind))
        values = values[:, values["reg_lambda"].values > linear_growth.no_signal_growth(setting(cube))]
        lost = status.sel(sigma_p=values["sigma_p"], reg_lambda=values["reg_lambda"]) == 2
        works.append(np.where(np.isfinite(values) | lost, values > PERFECT, np.nan).ravel())
    return claim(
        cube,
        "too_large",
        source=SOURCE,
        statement="Neither regularizer works at lambda > 1/c, where linear theory says that the signal stops "
        "growing",
        quantity=f"share of runs with test_accuracy > {PERFECT} at lambda > 1/c and sigma_p of 0.5 and more; "
        "a run that diverges does not work",
        estimate=share(np.concatenate(works), of="runs"),
        rule=below(0.05),
        note=f"{diverged} runs of the whole map diverge.",
    )


def _geometric(ratio: xr.DataArray) -> xr.DataArray:
    """Geometric mean over sigma_p, where known (seed,)."""
    return np.exp(np.log(ratio).mean("sigma_p"))


def _by_noise(ratio: xr.DataArray) -> str:
    return f"Medians at sigma_p {summaries(ratio['sigma_p'].values, ratio.values.T, '.2f', 'unknown')}."
