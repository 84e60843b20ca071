"""Theorems 4.1 and 4.4 over the betas: they hold for all constant ones with beta1^2 < beta2."""

from typing import Any

import numpy as np
import xarray as xr

from adamatlas.claims.estimates import share
from adamatlas.claims.rules import Claim, above, claim
from adamatlas.readings.names import name
from adamatlas.selection import at_end, constant, exceeds, runs
from adamatlas.theory import conditions

REQUIRES = ("beta1", "beta2", "optimizer", "seed")
QUANTITIES = ("test_error", "train_error")
PLACES = {"adam": ("Theorem 4.1", conditions.adam_decay), "adamw": ("Theorem 4.4", conditions.adamw_decay)}


def judge(cube: xr.Dataset) -> list[Claim]:
    """Large-batch Adam and AdamW fail at each pair of betas; what is seen at the pairs."""
    return [_fails(cube, optimizer) for optimizer in cube["optimizer"].values.tolist() if optimizer in PLACES]


def _fails(cube: xr.Dataset, optimizer: str) -> Claim:
    part = runs(cube, "beta1", "beta2", optimizer=optimizer)
    error = at_end(part, "test_error").stack(pair=("beta1", "beta2")).dropna("pair", how="all")
    error = error.transpose("seed", "pair")
    source, decay = PLACES[optimizer]
    at = _setting(cube, part)
    pairs = [
        f"({beta1:g}, {beta2:g}): {np.median(seeds):.3g}"
        for (beta1, beta2), seeds in zip(error["pair"].values, error.values.T, strict=True)
    ]
    return claim(
        cube,
        f"{optimizer}_fails",
        kind="theory",
        source=source,
        statement=f"Large-batch {name(optimizer)} has test error at least 1/2 - o(1) at every pair of betas "
        "with beta1^2 < beta2",
        quantity="share of seeds with test_error > 0.45 at every pair of betas",
        estimate=share(exceeds(error.values, 0.45)),
        rule=above(0.5),
        conditions=[*conditions.feature_noise(at), decay(at)],
        note=f"Median test errors: {', '.join(pairs)}.",
    )


def _setting(cube: xr.Dataset, part: xr.Dataset) -> dict[str, Any]:
    keys = ("d", "n_train", "s", "alpha", "sigma_p", "sigma_0", "q", "sampler", "lr", "batch_size")
    decay = float(np.atleast_1d(part["weight_decay"].values)[0])
    return {key: constant(cube, key) for key in keys} | {"weight_decay": decay}
