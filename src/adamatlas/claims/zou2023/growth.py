"""Lemmas 5.2 and 5.3: growth per step in stage I under sign descent, and the time of the flip."""

from functools import partial

import numpy as np
import xarray as xr

from adamatlas.claims.rules import Claim, above, below, claim, largest, mean, share, slope, within
from adamatlas.claims.words import summaries
from adamatlas.readings.zou2023 import rates, strength

REQUIRES = ("lr", "optimizer", "s", "seed", "sigma_p", "snapshot")
QUANTITIES = ("feature", "noise_max")


def judge(cube: xr.Dataset) -> list[Claim]:
    """Rates and exponents for sign descent, then the feature, also under Adam's default betas."""
    signsgd, adam = (rates(cube, name) for name in ("signsgd", "adam"))
    return [
        *_stage_one(cube, signsgd),
        _flip(cube, "signsgd", signsgd),
        _flip(cube, "adam", adam),
        _flip_time(cube, "signsgd", signsgd),
        _flip_time(cube, "adam", adam),
    ]


def _stage_one(cube: xr.Dataset, found: xr.Dataset) -> list[Claim]:
    per_step = found["noise"] * found["lr"]
    over_lr = [
        slope(found["lr"].values, per_step.sel(seed=seed, s=s).values)
        for seed in found["seed"].values
        for s in found["s"].values
    ]
    constant = _by_s((found["noise"] / (found["s"] * found["sigma_p"])).mean(["lr", "seed"]))
    judged = partial(claim, cube, source="Lemma 5.2", paper_value=1.0)
    return [
        judged(
            "noise_rate",
            statement="In stage I sign descent memorizes noise at a rate proportional to "
            "eta s sigma_p a step",
            quantity="slope of log(noise growth per step) on log(s sigma_p), per seed",
            estimate=mean(_slopes(found, found["noise"].mean("lr"))),
            rule=within(0.85, 1.15),
            note="Growth per step / (eta s sigma_p), which is sqrt(2/pi) = 0.80 for disjoint supports: "
            f"{constant}.",
        ),
        judged(
            "noise_rate_lr",
            statement="In stage I sign descent memorizes noise at a rate proportional to the learning rate",
            quantity="slope of log(noise growth per step) on log lr, per seed and s",
            estimate=mean(over_lr, of="seeds and s"),
            rule=within(0.9, 1.1),
        ),
        judged(
            "feature_bound",
            statement="Under sign descent the feature grows by at most eta a step",
            quantity="largest growth of the feature per step between snapshots / eta",
            estimate=largest(found["feature"]),
            rule=below(1.001),
        ),
    ]


def _flip(cube: xr.Dataset, optimizer: str, found: xr.Dataset) -> Claim:
    return claim(
        cube,
        f"flip_{optimizer}",
        source="Lemma 5.3",
        statement=f"Under full-batch {optimizer} both features first grow (by a fifth), then flip",
        quantity="share of runs that do",
        estimate=share(found["flipped"], of="runs"),
        rule=above(0.5),
        note=f"Share at {_by_s(found['flipped'].mean(['lr', 'seed']))}.",
    )


def _flip_time(cube: xr.Dataset, optimizer: str, found: xr.Dataset) -> Claim:
    return claim(
        cube,
        f"flip_time_{optimizer}",
        source="Lemma 5.3",
        statement=f"Under full-batch {optimizer} the feature turns at a time ~ 1 / (eta s sigma_p)",
        quantity="slope of log(lr x step of the feature's maximum) on log(s sigma_p), per seed, flipped",
        estimate=mean(_slopes(found, (found["turn"] * found["lr"]).mean("lr"))),
        rule=within(-1.15, -0.85),
        paper_value=-1.0,
        note=f"{int(np.isfinite(found['turn'].values).sum())} of {found['turn'].size} runs flip.",
    )


def _slopes(found: xr.Dataset, values: xr.DataArray) -> list[float]:
    """The exponent of values (s, seed) over s sigma_p, for each seed."""
    return [slope(strength(found), row) for row in values.transpose("seed", "s").values]


def _by_s(values: xr.DataArray) -> str:
    return summaries([f"s={s}" for s in values["s"].values], values.values[:, None], ".2f", "nan")
