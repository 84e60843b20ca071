"""Figure 5: Adam at weight decay 0.05."""

import math

import numpy as np
import xarray as xr

from adamatlas.claims.estimates import mean
from adamatlas.claims.rules import Claim, above, claim
from adamatlas.claims.words import span
from adamatlas.selection import late_values

REQUIRES = ("batch_size", "seed")
QUANTITIES = ("train_error", "train_loss")


def judge(cube: xr.Dataset) -> list[Claim]:
    """The training loss stays at log 2 at both batch sizes."""
    sizes = cube["batch_size"].values.tolist()
    loss, error = (
        np.stack([late_values(cube, name, batch_size=size) for size in sizes], axis=1)
        for name in ("train_loss", "train_error")
    )
    return [
        claim(
            cube,
            "train",
            kind="reported",
            source="Figure 5, Corollary 4.3",
            statement="Adam fails to train at weight decay 0.05 at both batch sizes: its training loss stays "
            "within 1 % of log 2",
            quantity="train_loss / log 2, mean over the last fifth of the steps, smaller of the batch sizes",
            estimate=mean(loss.min(axis=1) / math.log(2)),
            rule=above(0.99),
            note="A collapsed network's outputs are rounding errors, so its training error is anything: "
            f"{span(error, '.2f')}.",
        )
    ]
