"""Section 3: how the largest workable weight decay depends on the number of examples."""

import xarray as xr

from adamatlas.claims.estimates import mean, slope
from adamatlas.claims.rules import Claim, claim, within
from adamatlas.claims.words import summaries
from adamatlas.claims.zou2023.regime import nonconvex
from adamatlas.selection import runs

REQUIRES = ("n_train", "seed", "weight_decay")
QUANTITIES = ("critical_scaled", "critical_weight_decay")


def judge(cube: xr.Dataset) -> list[Claim]:
    """The exponent of n, against zou2023's and tang2025's."""
    part = runs(cube, "seed", "n_train", "weight_decay")
    critical, scaled = (part[name].max("weight_decay") for name in QUANTITIES[::-1])
    n = part["n_train"].values
    exponents = [slope(n, row) for row in critical.values]
    note = f"Medians by n {summaries(n, critical.values.T)}."
    return [
        claim(
            cube,
            "exponent",
            kind="theory",
            source="Section 3, after the training objective",
            statement="The largest decay at which training is not stuck at the origin is lambda_0 = "
            "Theta(sigma_0^(q-1) / n), up to polylog(n)",
            quantity="slope of log critical weight decay on log n, per seed",
            estimate=mean(exponents),
            rule=within(-1.5, -0.5),
            conditions=nonconvex(cube, n_train=200, weight_decay=1e-5),
            paper_value=-1.0,
            note=note,
        ),
        claim(
            cube,
            "free_of_n",
            kind="extension",
            source="ours; tang2025, Corollary 4.3, has sigma_0^(q-2) without n",
            statement="It does not depend on n",
            quantity="slope of log critical weight decay on log n, per seed",
            estimate=mean(exponents),
            rule=within(-0.25, 0.25),
            paper_value=0.0,
            note="Over (q/4) z_0^(q-2), z_0 = min_j max_r <w_jr(0), j v>, medians by n "
            f"{summaries(n, scaled.values.T)}.",
        ),
    ]
