"""Figure 4: test accuracy of the three methods."""

import numpy as np
import xarray as xr

from adamatlas.claims import methods
from adamatlas.claims.rules import Claim, share
from adamatlas.claims.words import by_noise
from adamatlas.readings.meng2023 import METHODS, ends, every

REQUIRES = ("output_scale", "reg_lambda", "regularizer", "seed", "sigma_p", "snapshot")
QUANTITIES = ("test_accuracy",)
PERFECT = 0.99
FAILED = 0.9


def judge(cube: xr.Dataset) -> list[Claim]:
    """PEGR generalizes at every noise, the others at low noise alone; as stated and rescaled."""
    return methods.judge(cube, "meng2023.fig4", _generalizes, _fails, _all_generalize)


def _generalizes(pegr: xr.Dataset, _: xr.Dataset, who: str) -> methods.Judged:
    accuracy = ends(pegr, "test_accuracy")
    return {
        "statement": f"{who}: test accuracy 1 at every sigma_p",
        "quantity": f"share of seeds with test_accuracy above {PERFECT} at every sigma_p",
        "estimate": share(every(accuracy > PERFECT, accuracy)),
        "paper_value": 1.0,
        "note": by_noise(pegr, accuracy, ".3f"),
    }


def _fails(found: xr.Dataset, who: str) -> methods.Judged:
    accuracy = ends(found, "test_accuracy")
    return {
        "statement": f"{who} does not generalize at sigma_p of 0.5 and more",
        "quantity": f"share of seeds with test_accuracy below {FAILED} at each of these sigma_p",
        "estimate": share(every(accuracy < FAILED, accuracy)),
        "note": by_noise(found, accuracy, ".3f"),
    }


def _all_generalize(parts: list[xr.Dataset], who: str) -> methods.Judged:
    accuracy = np.concatenate([ends(found, "test_accuracy") for found in parts], axis=1)
    medians = [
        f"{name} {np.median(column[np.isfinite(column)]):.3f}"
        for (_, name), column in zip(METHODS.values(), accuracy.T, strict=False)
        if np.isfinite(column).any()
    ]
    return {
        "statement": f"{who} reach test accuracy 1 at sigma_p 0.1",
        "quantity": f"share of seeds with test_accuracy above {PERFECT} under each method",
        "estimate": share(every(accuracy > PERFECT, accuracy)),
        "paper_value": 1.0,
        "note": f"Medians: {', '.join(medians)}." if medians else "",
    }
