"""Figure 3: the course of Adam in large and small batches."""

import math

import xarray as xr

from adamatlas.claims import courses, regime
from adamatlas.claims.estimates import mean
from adamatlas.claims.rules import Claim, below, claim
from adamatlas.claims.words import span
from adamatlas.selection import history, runs, settings_at

REQUIRES = ("batch_size", "label", "seed", "snapshot")
QUANTITIES = ("feature", "noise_max", "noise_min")


def judge(cube: xr.Dataset) -> list[Claim]:
    """Panel (a), B = 100, and panel (b), B = 2; the bound on the noise in stage I."""
    large, small = ("Adam, B=100", "Figure 3(a)"), ("Adam, B=2", "Figure 3(b)")
    return [
        *courses.memorizes(cube, "b100", *large, batch_size=100),
        courses.feature_plateaus(cube, "b2", *small, batch_size=2),
        courses.noise_stays_low(cube, "b2", *small, batch_size=2),
        courses.noise_below_feature(cube, "b2", *small, batch_size=2),
        stage_one(cube, 2),
    ]


def stage_one(cube: xr.Dataset, size: int) -> Claim:
    """The noise over the whole of stage I, t <= 1 / eta steps, against Lemma C.6's bound."""
    at = settings_at(cube, batch_size=size)
    bound = math.sqrt(at["s"]) * at["sigma_p"] * at["sigma_0"] + at["alpha"]
    part = runs(cube, batch_size=size)
    noise, feature = (history(part, name).max("label") for name in ("noise_max", "feature"))
    within = noise["step"].values <= 1 / at["lr"]
    highest = noise.values[:, within].max(axis=1)
    ratio = (noise / feature).values[:, within].max(axis=1)
    return claim(
        cube,
        f"b{size}_stage_one",
        kind="theory",
        source="Lemmas 5.2, C.4 and C.6",
        statement=f"Adam, B={size}: in stage I (the first 1/eta steps) noise memorization stays of order "
        "s^(1/2) sigma_p sigma_0 + alpha (Lemma 5.2: of order eta s sigma_p), up to a factor of 2",
        quantity="largest noise_max over stage I / (s^(1/2) sigma_p sigma_0 + alpha)",
        estimate=mean(highest / bound),
        rule=below(2.0),
        conditions=regime.small(cube, batch_size=size),
        note=f"The bound is {bound:.3g}, that of Lemma 5.2 {at['lr'] * at['s'] * at['sigma_p']:.2g}; largest "
        f"noise_max / feature in stage I: {span(ratio)}.",
    )
