"""Lemma 5.1: is the printed update that of gradient descent on the regularized loss?"""

import numpy as np
import xarray as xr

from adamatlas.claims.estimates import largest
from adamatlas.claims.rules import Claim, below, claim

REQUIRES = ("factor", "reg_lambda", "seed", "sigma_p", "snapshot")
QUANTITIES = ("compiled_error", "formula_error")
EXACT = 1e-9
PRINTED = "1 + 4 lambda zeta l''/m"
CORRECTED = "1 + 4 lambda zeta l''/m^2"
PEGR_LOSS = "L + lambda/2 mean_i |grad L_i|^2"
ERROR = "max abs(update - autograd) / max abs(autograd), float64 double backward"


def judge(cube: xr.Dataset) -> list[Claim]:
    """The printed and the corrected factor, and the compiled gradient that trains."""
    compiled = cube["compiled_error"].values
    return [
        *formulas(
            cube,
            "meng2023.lemma51",
            "Lemma 5.1",
            PEGR_LOSS,
            {"printed": f"its printed factor {PRINTED}", "corrected": f"the factor {CORRECTED}"},
            cube["formula_error"],
        ),
        claim(
            cube,
            "compiled",
            kind="check",
            source="Section 2",
            statement=f"The compiled pass that trains is the gradient of {PEGR_LOSS}",
            quantity=ERROR.replace("update", "compiled"),
            estimate=largest(compiled),
            rule=below(EXACT),
            group="meng2023.lemma51",
        ),
    ]


def formulas(
    cube: xr.Dataset, group: str, source: str, objective: str, words: dict[str, str], errors: xr.DataArray
) -> list[Claim]:
    """A lemma's update in each of its versions against a step of gradient descent on the objective.

    The printed one is the paper's; the corrected one is ours.
    """
    claims = []
    for factor, version in words.items():
        values = errors.sel(factor=factor).values
        known = values[np.isfinite(values)]
        claims.append(
            claim(
                cube,
                factor,
                kind="theory" if factor == "printed" else "extension",
                source=source,
                statement=f"{source} with {version} is a step of gradient descent on {objective}",
                quantity=ERROR,
                estimate=largest(values),
                rule=below(EXACT),
                note=f"Median {np.median(known):.2g}, smallest {known.min():.2g}." if known.size else "",
                group=group,
            )
        )
    return claims
