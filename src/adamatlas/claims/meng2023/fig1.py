"""Figure 1: the training loss converges to 0 once the regularizer is off."""

import numpy as np
import xarray as xr

from adamatlas.claims.estimates import every
from adamatlas.claims.methods import LEAST
from adamatlas.claims.rules import Claim, above, claim
from adamatlas.claims.words import by_noise
from adamatlas.readings.meng2023 import METHODS, VARIANTS, common, ends, part, succeeds

REQUIRES = ("output_scale", "reg_lambda", "regularizer", "seed", "sigma_p", "snapshot")
QUANTITIES = ("train_loss",)
SMALL = 0.05


def judge(cube: xr.Dataset) -> list[Claim]:
    """All methods together, as stated and rescaled."""
    return [_loss(cube, variant) for variant in VARIANTS]


def _loss(cube: xr.Dataset, variant: str) -> Claim:
    parts = common(part(cube, method, variant) for method in METHODS)
    losses = [ends(found, "train_loss") for found in parts]
    cells = [succeeds(found, loss, loss < SMALL) for found, loss in zip(parts, losses, strict=True)]
    courses = zip(METHODS.values(), parts, losses, strict=True)
    return claim(
        cube,
        f"all_{variant}",
        kind="reported",
        source="Sec. 4.1, Figure 1",
        statement=f"All three methods ({VARIANTS[variant][1]}): the training loss converges to 0 at every "
        "sigma_p",
        quantity=f"train_loss at the end < {SMALL:g}, by method and sigma_p",
        estimate=every(np.concatenate(cells, axis=1)),
        rule=above(LEAST),
        paper_value=0.0,
        note=" ".join(f"{who}: {by_noise(found, values)}" for (_, who), found, values in courses),
    )
