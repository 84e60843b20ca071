"""Lemma 5.1: is the printed update that of gradient descent on the regularized loss?"""

import numpy as np
import xarray as xr

from adamatlas.claims.rules import Claim, below, claim, largest

REQUIRES = ("factor", "reg_lambda", "seed", "sigma_p", "snapshot")
QUANTITIES = ("compiled_error", "formula_error")
EXACT = 1e-9
PRINTED = "1 + 4 lambda zeta l''/m"
CORRECTED = "1 + 4 lambda zeta l''/m^2"


def judge(cube: xr.Dataset) -> list[Claim]:
    """The printed and the corrected factor, and the compiled gradient that trains."""
    return [
        _update(cube, "printed", f"its printed factor {PRINTED}"),
        _update(cube, "corrected", f"the factor {CORRECTED}"),
        claim(
            cube,
            "compiled",
            source="Section 2",
            statement="The compiled pass that trains is the gradient of L + lambda/2 mean_i |grad L_i|^2",
            quantity="max abs(compiled - autograd) / max abs(autograd), float64 double backward",
            estimate=largest(cube["compiled_error"], of="runs and snapshots"),
            rule=below(EXACT),
            group="meng2023.lemma51",
        ),
    ]


def _update(cube: xr.Dataset, factor: str, words: str) -> Claim:
    values = cube["formula_error"].sel(factor=factor).values
    known = values[np.isfinite(values)]
    return claim(
        cube,
        factor,
        source="Lemma 5.1",
        statement=f"Lemma 5.1 with {words} is a step of gradient descent on L + lambda/2 mean_i |grad L_i|^2",
        quantity="max abs(update - autograd) / max abs(autograd), float64 double backward",
        estimate=largest(values, of="runs and snapshots"),
        rule=below(EXACT),
        note=f"Median {np.median(known):.2g}, smallest {known.min():.2g}." if known.size else "",
        group="meng2023.lemma51",
    )
