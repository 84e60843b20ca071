"""Figure 1: the training loss converges to 0 once the regularizer is off."""

import numpy as np
import xarray as xr

from adamatlas.claims.rules import Claim, below, claim, mean
from adamatlas.claims.words import by_noise
from adamatlas.readings import meng2023

REQUIRES = ("output_scale", "reg_lambda", "regularizer", "seed", "sigma_p", "snapshot")
QUANTITIES = ("train_loss",)
SMALL = 0.05


def judge(cube: xr.Dataset) -> list[Claim]:
    """Each method, as stated and rescaled."""
    return [_loss(cube, method, variant) for variant in meng2023.VARIANTS for method in meng2023.METHODS]


def _loss(cube: xr.Dataset, method: str, variant: str) -> Claim:
    found = meng2023.part(cube, method, variant)
    loss = meng2023.ends(found, "train_loss")
    return claim(
        cube,
        f"{method}_{variant}",
        source="Figure 1",
        statement=f"{meng2023.who(method, variant)}: the training loss converges to 0 at every sigma_p",
        quantity="train_loss at the end, largest over sigma_p",
        estimate=mean(meng2023.reduced(loss, np.max)),
        rule=below(SMALL),
        paper_value=0.0,
        note=by_noise(found, loss),
    )
