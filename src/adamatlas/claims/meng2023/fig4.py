"""Figure 4: test accuracy of the three methods."""

import numpy as np
import xarray as xr

from adamatlas.claims import methods
from adamatlas.claims.estimates import every
from adamatlas.claims.rules import Claim
from adamatlas.claims.words import by_noise
from adamatlas.readings.meng2023 import ends, holds, succeeds

REQUIRES = ("output_scale", "reg_lambda", "regularizer", "seed", "sigma_p", "snapshot")
QUANTITIES = ("test_accuracy",)
PERFECT = 0.99
FAILED = 0.9


def judge(cube: xr.Dataset) -> list[Claim]:
    """PEGR generalizes at every noise, the others at low noise alone."""
    return methods.judge(cube, "meng2023.fig4", _generalizes, _fail, _all_generalize)


def _generalizes(pegr: xr.Dataset, _: xr.Dataset, who: str) -> methods.Judged:
    accuracy = ends(pegr, "test_accuracy")
    return {
        "statement": f"{who} reaches test accuracy 1 at every sigma_p",
        "quantity": f"test_accuracy > {PERFECT}, by sigma_p",
        "estimate": every(succeeds(pegr, accuracy, accuracy > PERFECT)),
        "paper_value": 1.0,
        "note": by_noise(pegr, accuracy, ".3f"),
    }


def _fail(parts: list[xr.Dataset], who: str) -> methods.Judged:
    accuracy = np.concatenate([ends(found, "test_accuracy") for found in parts], axis=1)
    return {
        "statement": f"{who} do not generalize at sigma_p of 0.5 and more",
        "quantity": f"test_accuracy < {FAILED}, by method and sigma_p",
        "estimate": every(holds(accuracy, accuracy < FAILED)),
    }


def _all_generalize(parts: list[xr.Dataset], who: str) -> methods.Judged:
    accuracy = np.concatenate([ends(found, "test_accuracy") for found in parts], axis=1)
    return {
        "statement": f"{who} reach test accuracy 1 at sigma_p 0.1",
        "quantity": f"test_accuracy > {PERFECT}, by method",
        "estimate": every(holds(accuracy, accuracy > PERFECT)),
        "paper_value": 1.0,
        "note": f"Under PEGR: {by_noise(parts[0], ends(parts[0], 'test_accuracy'), '.3f')}",
    }
