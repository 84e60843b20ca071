"""Theorem 4.1 over the betas: it holds for all constant ones with beta1^2 < beta2."""

import numpy as np
import xarray as xr

from adamatlas.claims import regime
from adamatlas.claims.estimates import share
from adamatlas.claims.rules import Claim, above, claim
from adamatlas.selection import at_end, exceeds, runs

REQUIRES = ("beta1", "beta2", "optimizer", "seed")
QUANTITIES = ("test_error",)


def judge(cube: xr.Dataset) -> list[Claim]:
    """Large-batch Adam fails at each pair of betas; what is seen at the pairs."""
    error = at_end(runs(cube, "beta1", "beta2", optimizer="adam"), "test_error")
    error = error.stack(pair=("beta1", "beta2")).dropna("pair", how="all").transpose("seed", "pair")
    first = {name: cube[name].values[0] for name in ("beta1", "beta2")}
    pairs = [
        f"({beta1:g}, {beta2:g}): {np.median(seeds):.3g}"
        for (beta1, beta2), seeds in zip(error["pair"].values, error.values.T, strict=True)
    ]
    return [
        claim(
            cube,
            "adam_fails",
            kind="theory",
            source="Theorem 4.1",
            statement="Large-batch Adam has test error at least 1/2 - o(1) at every pair of betas with "
            "beta1^2 < beta2",
            quantity="share of seeds with test_error > 0.45 at every pair of betas",
            estimate=share(exceeds(error.values, 0.45)),
            rule=above(0.5),
            conditions=regime.large(cube, optimizer="adam", **first),
            note=f"Median test errors: {', '.join(pairs)}.",
        )
    ]
