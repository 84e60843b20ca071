"""Test accuracy over lambda and sigma_p, for PEGR and FGR, against the linear theory."""

import numpy as np
import xarray as xr

from adamatlas.claims.estimates import every, mean, share
from adamatlas.claims.rules import Claim, above, below, claim, within
from adamatlas.claims.words import summaries
from adamatlas.readings import names
from adamatlas.readings.meng2023 import (
    COVARIANCE,
    FGR,
    HALF_WAY,
    PEGR,
    accuracy,
    critical,
    holds,
    noisy,
    setting,
)
from adamatlas.selection import runs
from adamatlas.theory import linear_growth

REQUIRES = ("reg_lambda", "regularizer", "seed", "sigma_p")
QUANTITIES = ("test_accuracy",)
SOURCE = "beyond the paper, linear theory after Sec. 5.1 and 5.4"
PERFECT = 0.99


def judge(cube: xr.Dataset) -> list[Claim]:
    """Where each regularizer begins to work, their ratio, and whether FGR works too."""
    return [
        _threshold(cube, PEGR),
        _threshold(cube, FGR),
        _ratio(cube),
        _covariance(cube),
        _works(cube),
        _too_large(cube),
    ]


def _threshold(cube: xr.Dataset, kind: str) -> Claim:
    who, values = names.name(kind), noisy(accuracy(cube, kind))
    ratio = critical(values) / linear_growth.no_noise_growth(kind, values["sigma_p"].values, setting(cube))
    formula = "1/(c sigma_p^2 d)" if kind == PEGR else "n/(2 c sigma_p^2 d)"
    return claim(
        cube,
        f"{who.lower()}_threshold",
        kind="extension",
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
        kind="extension",
        source=SOURCE,
        statement="FGR works where PEGR does, at n/2 times its lambda (within a factor of 3/2)",
        quantity="critical lambda of FGR over n/2 times that of PEGR, geometric mean over sigma_p of 0.5 "
        "and more",
        estimate=mean(_geometric(ratio)),
        rule=within(2 / 3, 1.5),
        note=_by_noise(ratio),
    )


def _covariance(cube: xr.Dataset) -> Claim:
    pegr, covariance = (critical(noisy(accuracy(cube, kind))) for kind in (PEGR, COVARIANCE))
    n = setting(cube).n
    ratio = covariance / pegr * (n - 1) / n
    return claim(
        cube,
        "covariance",
        kind="extension",
        source="beyond Sec. 5.1, which says that PEGR controls the variance of the gradients",
        statement="The covariance of the per-example gradients alone, PEGR less FGR, works where PEGR does, "
        "at n/(n - 1) times its lambda (within a factor of 3/2)",
        quantity="critical lambda of mean_i |grad L_i - grad L|^2 over n/(n - 1) times that of PEGR, "
        "geometric mean over sigma_p of 0.5 and more",
        estimate=mean(_geometric(ratio)),
        rule=within(2 / 3, 1.5),
        note=_by_noise(ratio),
    )


def _works(cube: xr.Dataset) -> Claim:
    values = noisy(accuracy(cube, FGR)).transpose("seed", "sigma_p", "reg_lambda")
    known = np.isfinite(values.values).any(axis=2)
    works = (values.values > PERFECT).any(axis=2)
    best = values.mean("seed").max("reg_lambda")
    by_noise = summaries(best["sigma_p"].values, best.values[:, None], ".3f", "nan")
    return claim(
        cube,
        "fgr_works",
        kind="extension",
        source="beyond Sec. 3 and 4.1, where FGR fails at the lambda of PEGR",
        statement="FGR generalizes too, at each sigma_p of 0.5 and more, at some lambda",
        quantity=f"some lambda gives test_accuracy > {PERFECT}, by sigma_p",
        estimate=every(np.where(known, works, np.nan)),
        rule=above(0.5),
        note=f"Mean accuracy at the best lambda, at sigma_p {by_noise}." if known.any() else "",
    )


def _too_large(cube: xr.Dataset) -> Claim:
    works, diverged = [], 0
    for kind in (PEGR, FGR):
        status = runs(cube, "sigma_p", "reg_lambda", regularizer=kind)["status"]
        diverged += int((status == 2).sum())
        values = noisy(accuracy(cube, kind)).transpose("seed", "sigma_p", "reg_lambda")
        values = values[..., values["reg_lambda"].values > linear_growth.no_signal_growth(setting(cube))]
        lost = status.sel(sigma_p=values["sigma_p"], reg_lambda=values["reg_lambda"]) == 2
        lost = lost.transpose(*values.dims)
        works.append(np.where(lost, 0.0, holds(values, values > PERFECT)).reshape(len(values), -1))
    found = np.concatenate(works, axis=1)
    known = np.isfinite(found).any(axis=1)
    return claim(
        cube,
        "too_large",
        kind="extension",
        source=SOURCE,
        statement="Neither regularizer works at any lambda > 1/c, where linear theory says that the signal "
        "stops growing",
        quantity=f"test_accuracy > {PERFECT} at some lambda > 1/c and sigma_p of 0.5 and more; a run that "
        "diverges does not work",
        estimate=share(np.where(known, np.nan_to_num(found).any(axis=1), np.nan)),
        rule=below(0.5),
        note=f"{diverged} runs of the whole map diverge.",
    )


def _geometric(ratio: xr.DataArray) -> xr.DataArray:
    """Geometric mean over sigma_p, where known (seed,)."""
    return np.exp(np.log(ratio).mean("sigma_p"))


def _by_noise(ratio: xr.DataArray) -> str:
    return f"Medians at sigma_p {summaries(ratio['sigma_p'].values, ratio.values.T, '.2f', 'unknown')}."
