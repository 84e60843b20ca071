"""Lemma 5.3: do the coefficients read off from the weights follow the closed recursion?"""

import xarray as xr

from adamatlas.claims.estimates import largest
from adamatlas.claims.meng2023.lemma51 import CORRECTED, PRINTED
from adamatlas.claims.rules import Claim, below, claim

REQUIRES = ("factor", "reg_lambda", "seed", "sigma_p", "snapshot")
QUANTITIES = ("left_over", "recursion_error")
EXACT = 1e-6
"""Rounding grows along 1,500 steps of a nonlinear recursion."""
IN_SPAN = 1e-9


def judge(cube: xr.Dataset) -> list[Claim]:
    """The decomposition exists, and its recursion with the printed and the corrected factor."""
    return [
        claim(
            cube,
            "span",
            kind="theory",
            source="Definition 5.2",
            statement="Under PEGR the weights never leave w(0) + span{mu, xi_1 .. xi_n}",
            quantity="largest entry of the part of w - w(0) outside of the span, over that of w - w(0)",
            estimate=largest(cube["left_over"].values),
            rule=below(IN_SPAN),
        ),
        _follows(cube, "printed", f"with the printed factor {PRINTED}"),
        _follows(cube, "corrected", f"with the factor {CORRECTED}"),
    ]


def _follows(cube: xr.Dataset, factor: str, which: str) -> Claim:
    return claim(
        cube,
        factor,
        kind="theory" if factor == "printed" else "extension",
        source="Lemma 5.3",
        statement=f"The signal-noise coefficients follow the closed recursion {which}",
        quantity="largest deviation of a coefficient from the one read off, over the largest coefficient",
        estimate=largest(cube["recursion_error"].sel(factor=factor).values),
        rule=below(EXACT),
    )
