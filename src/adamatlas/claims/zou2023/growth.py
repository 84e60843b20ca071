"""Lemmas 5.2 and 5.3: growth per step in stage I under sign descent, and the time of the flip."""

from __future__ import annotations

import numpy as np
import xarray as xr

from adamatlas.claims.rules import Claim, above, below, claim, largest, mean, share, slope, within
from adamatlas.readings.zou2023 import rates, strength

REQUIRES = ("lr", "optimizer", "s", "seed", "sigma_p", "snapshot")
QUANTITIES = ("feature", "noise_max")


def judge(cube: xr.Dataset) -> list[Claim]:
    """Rates and exponents for sign descent, then the feature under Adam's default betas."""
    return [
        _exponent_s(cube),
        _exponent_lr(cube),
        _feature_bound(cube),
        _flip(cube, "signsgd"),
        _flip(cube, "adam"),
        _flip_time(cube, "signsgd"),
        _flip_time(cube, "adam"),
    ]


def _exponent_s(cube: xr.Dataset) -> Claim:
    found = rates(cube, "signsgd")
    mean_rate = found["noise"].mean("lr")
    slopes = [slope(strength(found), mean_rate.sel(seed=seed).values) for seed in found["seed"].values]
    constant = (found["noise"] / (found["s"] * found["sigma_p"])).mean(["lr", "seed"]).values
    pairs = ", ".join(f"s={s}: {c:.2f}" for s, c in zip(found["s"].values, constant, strict=True))
    return claim(
        cube,
        "noise_rate",
        source="Lemma 5.2",
        statement="In stage I sign descent memorizes noise at a rate proportional to eta s sigma_p a step",
        quantity="slope of log(noise growth per step) on log(s sigma_p), per seed",
        estimate=mean(np.array(slopes)),
        rule=within(0.85, 1.15),
        paper_value=1.0,
        note=f"Growth per step / (eta s sigma_p), which is sqrt(2/pi) = 0.80 for disjoint supports: {pairs}.",
    )


def _exponent_lr(cube: xr.Dataset) -> Claim:
    found = rates(cube, "signsgd")
    per_step = found["noise"] * found["lr"]
    slopes = [
        slope(found["lr"].values, per_step.sel(seed=seed, s=s).values)
        for seed in found["seed"].values
        for s in found["s"].values
    ]
    return claim(
        cube,
        "noise_rate_lr",
        source="Lemma 5.2",
        statement="In stage I sign descent memorizes noise at a rate proportional to the learning rate",
        quantity="slope of log(noise growth per step) on log lr, per seed and s",
        estimate=mean(np.array(slopes), of="seeds and s"),
        rule=within(0.9, 1.1),
        paper_value=1.0,
    )


def _feature_bound(cube: xr.Dataset) -> Claim:
    return claim(
        cube,
        "feature_bound",
        source="Lemma 5.2",
        statement="Under sign descent the feature grows by at most eta a step",
        quantity="largest growth of the feature per step between snapshots / eta",
        estimate=largest(rates(cube, "signsgd")["feature"].values),
        rule=below(1.001),
        paper_value=1.0,
    )


def _flip(cube: xr.Dataset, optimizer: str) -> Claim:
    flipped = rates(cube, optimizer)["flipped"]
    by_s = ", ".join(
        f"s={s}: {v:.2f}"
        for s, v in zip(flipped["s"].values, flipped.mean(["lr", "seed"]).values, strict=True)
    )
    return claim(
        cube,
        f"flip_{optimizer}",
        source="Lemma 5.3",
        statement=f"Under full-batch {optimizer} both features first grow (by a fifth), then flip",
        quantity="share of runs that do",
        estimate=share(flipped.values, of="runs"),
        rule=above(0.5),
        note=f"Share at {by_s}.",
    )


def _flip_time(cube: xr.Dataset, optimizer: str) -> Claim:
    found = rates(cube, optimizer)
    turn = (found["turn"] * found["lr"]).mean("lr")
    slopes = [slope(strength(found), turn.sel(seed=seed).values) for seed in found["seed"].values]
    return claim(
        cube,
        f"flip_time_{optimizer}",
        source="Lemma 5.3",
        statement=f"Under full-batch {optimizer} the feature turns at a time ~ 1 / (eta s sigma_p)",
        quantity="slope of log(lr x step of the feature's maximum) on log(s sigma_p), per seed, flipped",
        estimate=mean(np.array(slopes)),
        rule=within(-1.15, -0.85),
        paper_value=-1.0,
        note=f"{int(np.isfinite(found['turn'].values).sum())} of {found['turn'].size} runs flip.",
    )
