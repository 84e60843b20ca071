"""Lemmas 5.2 and 5.3 at the paper's setting, where supports overlap: rates in stage I, and the flip."""

from functools import partial

import numpy as np
import xarray as xr

from adamatlas.claims.estimates import every, mean, slope
from adamatlas.claims.rules import Claim, above, below, claim, within
from adamatlas.claims.words import summaries
from adamatlas.claims.zou2023.regime import nonconvex
from adamatlas.readings.zou2023 import rates, strength

REQUIRES = ("lr", "optimizer", "s", "seed", "sigma_p", "snapshot")
QUANTITIES = ("feature", "noise_max")


def judge(cube: xr.Dataset) -> list[Claim]:
    """The exponent of the noise's rate under sign descent; the flip and its time, also under Adam."""
    conditions = nonconvex(cube, optimizer="signsgd", s=100, lr=5e-5)
    judged = partial(claim, cube, kind="theory", conditions=conditions)
    found = {name: rates(cube, name) for name in ("signsgd", "adam")}
    noise, flipped = found["signsgd"]["noise"], found["adam"]["flipped"]
    scaled = (noise / (noise["s"] * found["signsgd"]["sigma_p"])).mean(["lr", "seed"])
    return [
        judged(
            "noise_rate",
            source="Lemma 5.2",
            statement="In stage I sign descent memorizes noise at a rate proportional to s sigma_p",
            quantity="slope of log(growth of noise_max per step / lr) on log(s sigma_p), per seed",
            estimate=mean(_slopes(found["signsgd"], noise.mean("lr"))),
            rule=within(0.85, 1.15),
            paper_value=1.0,
            note="Growth per step / (eta s sigma_p), which is sqrt(2/pi) = 0.80 for disjoint supports: "
            f"{_by_s(scaled)}.",
        ),
        *(_flip(judged, name, rates_of) for name, rates_of in found.items()),
        judged(
            "flip_time",
            source="Lemma 5.3",
            statement="Adam's feature turns after at most a time ~ 1 / (eta s sigma_p)",
            quantity="slope of log(lr x step of the feature's maximum) on log(s sigma_p), per seed, flipped",
            estimate=mean(_slopes(found["adam"], (found["adam"]["turn"] * found["adam"]["lr"]).mean("lr"))),
            rule=below(-0.85),
            paper_value=-1.0,
            note=f"{int(flipped.sum())} of {int(flipped.count())} runs flip.",
        ),
    ]


def _flip(judged: partial, optimizer: str, found: xr.Dataset) -> Claim:
    flipped = found["flipped"].transpose("seed", ...).values
    return judged(
        f"flip_{optimizer}",
        source="Lemma 5.3",
        statement=f"Under full-batch {optimizer} both features first grow (by a fifth), then flip, at each s "
        "and learning rate",
        quantity="share of seeds in which they do",
        estimate=every(flipped.reshape(len(flipped), int(np.prod(flipped.shape[1:])))),
        rule=above(0.5),
        note=f"Share at {_by_s(found['flipped'].mean(['lr', 'seed']))}.",
    )


def _slopes(found: xr.Dataset, values: xr.DataArray) -> list[float]:
    """The exponent of values (s, seed) over s sigma_p, for each seed."""
    return [slope(strength(found), row) for row in values.transpose("seed", "s").values]


def _by_s(values: xr.DataArray) -> str:
    return summaries([f"s={s}" for s in values["s"].values], values.values[:, None], ".2f", "nan")
