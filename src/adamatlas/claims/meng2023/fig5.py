"""Figure 5: the training loss of LeNet5 on noisy images."""

import math

import numpy as np
import scipy
import xarray as xr

from adamatlas.claims.estimates import mean
from adamatlas.claims.rules import Claim, below, claim
from adamatlas.readings import meng2023_images as images
from adamatlas.readings.images import data_set
from adamatlas.readings.meng2023 import PEGR

REQUIRES = ("reg_lambda", "reg_off_epoch", "regularizer", "seed", "sigma_p", "snapshot")
QUANTITIES = ("train_loss", "val_accuracy")
FALLS = -0.9
LEARNS = 0.5


def judge(cube: xr.Dataset) -> list[Claim]:
    """Does the loss fall in standard training and under PEGR, also at the paper's lambda?"""
    pegr = images.chosen(cube, "train_loss", PEGR)
    paper = images.at(cube, "train_loss", PEGR, images.LAMBDA)
    return [
        _falls(cube, "standard", "Standard training", images.standard(cube, "train_loss")),
        _falls(cube, "pegr", "PEGR (lambda chosen on the validation split)", pegr),
        _falls(cube, "lambda01", "PEGR at the paper's lambda = 0.1", paper),
        _learns(cube, paper),
    ]


def _falls(cube: xr.Dataset, name: str, who: str, loss: images.Course) -> Claim:
    return claim(
        cube,
        name,
        kind="extension" if name == "pegr" else images.kind(cube),
        source="Sec. 4.2, Figure 5",
        statement=f"{who}: the training loss decreases consistently at every sigma_p",
        quantity="Spearman correlation of training loss and epoch, largest over sigma_p",
        estimate=mean(rank_correlation(loss).max(axis=1)),
        rule=below(FALLS),
        note=f"Training loss at the end, {_medians(loss.values[..., -1])} On {data_set(cube)}.",
    )


def _learns(cube: xr.Dataset, loss: images.Course) -> Claim:
    """While the regularizer is on, nothing is learned at lambda = 0.1 if the loss stays at log 10."""
    off = float(cube["reg_off_epoch"].max())
    on = loss.values[..., loss.epoch <= off]
    share = on[..., -1] / math.log(10)
    return claim(
        cube,
        "lambda01_on",
        kind="extension",
        source="beyond Figure 5",
        statement="PEGR at the paper's lambda = 0.1 trains while it is on: when it is switched off, the "
        "training loss is below half that of a uniform guess at every sigma_p",
        quantity="training loss at the switch-off over log 10, largest over sigma_p",
        estimate=mean(share.max(axis=1)),
        rule=below(LEARNS),
        note=f"{_medians(share).capitalize()} On {data_set(cube)}.",
    )


def rank_correlation(course: images.Course) -> np.ndarray:
    """Spearman's correlation of a history with the epoch (seed, sigma_p); NaN after a divergence."""
    ranks = scipy.stats.rankdata(course.values, axis=-1)
    known = np.isfinite(course.values).all(axis=-1)
    moments = np.arange(course.values.shape[-1]) + 1.0
    spread = ranks.std(axis=-1) * moments.std()
    with np.errstate(invalid="ignore", divide="ignore"):
        found = ((ranks - ranks.mean(-1, keepdims=True)) * (moments - moments.mean())).mean(-1) / spread
    return np.where(known & (spread > 0), found, np.nan)


def _medians(values: np.ndarray) -> str:
    known = [column[np.isfinite(column)] for column in values.T]
    medians = [f"{np.median(column):.3g}" if column.size else "none" for column in known]
    return f"medians by sigma_p: {', '.join(medians)}."
