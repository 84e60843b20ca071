"""Lemma 5.8: is the printed update that of gradient descent under FGR on orthogonal noise?"""

import xarray as xr

from adamatlas.claims.meng2023.lemma51 import formulas
from adamatlas.claims.rules import Claim

REQUIRES = ("factor", "reg_lambda", "seed", "sigma_p", "snapshot")
QUANTITIES = ("full_gradient_error",)
CORRECTED = "the factor 2/m in its two terms with l'' and relu(<w, y_i mu>) j mu in the last of them"


def judge(cube: xr.Dataset) -> list[Claim]:
    """As printed and corrected."""
    words = {"printed": "the terms that Appendix A.2 derives", "corrected": CORRECTED}
    errors = cube["full_gradient_error"]
    return formulas(cube, "meng2023.lemma58", "Lemma 5.8", "L + lambda/2 |grad L|^2", words, errors)
