"""Figure 6: the test accuracy of LeNet5 trained on noisy images."""

import numpy as np
import xarray as xr

from adamatlas.claims.rules import Claim, above, claim, mean
from adamatlas.claims.words import listed
from adamatlas.readings import meng2023_images as images
from adamatlas.readings.meng2023 import FGR, PEGR

REQUIRES = ("reg_lambda", "regularizer", "seed", "sigma_p", "snapshot")
QUANTITIES = ("test_accuracy", "train_loss", "val_accuracy")
HARMLESS = -0.02
LATE = "means over the last quarter of the run"


def judge(cube: xr.Dataset) -> list[Claim]:
    """PEGR against standard training by noise level: lambda chosen, at equal training loss, and as stated.

    Then FGR, PEGR without noise, and what noise does to standard training.
    """
    standard = images.standard(cube, "test_accuracy").late()
    fgr = images.chosen(cube, "test_accuracy", FGR).late() - standard
    clean = images.chosen(cube, "test_accuracy", PEGR).late() - standard
    by_sigma = f"By sigma_p: {listed(fgr.mean(axis=0), '+.3f')}."
    levels = enumerate(cube["sigma_p"].values.tolist())
    return [
        *(judged for level, sigma in levels for judged in _pegr(cube, level, sigma)),
        _more(
            cube,
            "fgr",
            "FGR, lambda chosen on the validation split, has a higher test accuracy than standard training",
            f"test accuracy of FGR - standard, {LATE} and over sigma_p",
            fgr.mean(axis=1),
            source="Beyond Figure 6",
            note=by_sigma if np.isfinite(fgr).any() else "No run of the grid has FGR.",
        ),
        claim(
            cube,
            "clean",
            source="Figure 6 (a)",
            statement="PEGR does not prevent learning without noise: it costs at most 0.02 of test accuracy",
            quantity="test accuracy of PEGR (lambda chosen) - standard at the smallest sigma_p",
            estimate=mean(clean[:, 0]),
            rule=above(HARMLESS),
            note=f"On {images.data_set(cube)}.",
        ),
        _more(
            cube,
            "noise_hurts",
            "The test accuracy of standard training falls with the noise on the training images",
            "test accuracy at the smallest sigma_p - at the largest",
            standard[:, 0] - standard[:, -1],
        ),
    ]


def _pegr(cube: xr.Dataset, level: int, sigma: float) -> list[Claim]:
    """PEGR against standard training at one noise level."""
    loss, accuracy = (images.standard(cube, name) for name in ("train_loss", "test_accuracy"))
    own_loss, chosen = (images.chosen(cube, name, PEGR) for name in ("train_loss", "test_accuracy"))
    stated = images.at(cube, "test_accuracy", PEGR, images.LAMBDA)
    theirs, ours = accuracy.late()[:, level], chosen.late()[:, level]
    higher = f"has a higher test accuracy than standard training at sigma_p = {sigma:g}"
    known = np.isfinite(ours).any() and np.isfinite(theirs).any()
    means = f"Mean {np.nanmean(ours):.3f} against {np.nanmean(theirs):.3f}. " if known else ""
    return [
        _more(
            cube,
            f"pegr_noise{level}",
            f"PEGR, lambda chosen on the validation split, {higher}",
            f"test accuracy of PEGR - standard, {LATE}",
            ours - theirs,
            note=f"{means}{_counts(cube, level)}".strip(),
        ),
        _more(
            cube,
            f"matched_noise{level}",
            f"At equal training loss, the lowest that both reach, PEGR (lambda chosen) {higher}",
            "test accuracy of PEGR - standard, each when its training loss first reaches the common level",
            matched(loss, accuracy, own_loss, chosen)[:, level],
            source="Beyond Figure 6",
        ),
        _more(
            cube,
            f"lambda01_noise{level}",
            f"PEGR at the paper's lambda = 0.1 {higher}",
            f"test accuracy of PEGR at lambda = 0.1 - standard, {LATE}",
            stated.late()[:, level] - theirs,
        ),
    ]


def matched(
    loss_one: images.Course,
    accuracy_one: images.Course,
    loss_two: images.Course,
    accuracy_two: images.Course,
) -> np.ndarray:
    """Accuracy of the second run minus that of the first at equal training loss (seed, sigma_p).

    The common level is the larger of the two lowest losses; each accuracy is interpolated to the moment when
    the loss first reaches it. NaN where a run diverged.
    """
    level = np.maximum(loss_one.values.min(-1), loss_two.values.min(-1))
    found = np.full(level.shape, np.nan)
    for place in map(tuple, np.argwhere(np.isfinite(level))):
        one = when_reached(loss_one.values[place], accuracy_one.values[place], level[place])
        two = when_reached(loss_two.values[place], accuracy_two.values[place], level[place])
        found[place] = two - one
    return found


def when_reached(loss: np.ndarray, accuracy: np.ndarray, level: float) -> float:
    """The accuracy when `loss` first falls to `level`, linear between two snapshots."""
    k = int(np.argmax(loss <= level))
    if k == 0:
        return float(accuracy[0])
    share = (loss[k - 1] - level) / (loss[k - 1] - loss[k])
    return float(accuracy[k - 1] + share * (accuracy[k] - accuracy[k - 1]))


def _counts(cube: xr.Dataset, level: int) -> str:
    """How often each lambda was chosen at one noise level."""
    index = images.choice(cube, PEGR)[:, level]
    found = [
        f"{strength:g} by {int((index == place).sum())}"
        for place, strength in enumerate(cube["reg_lambda"].values)
        if (index == place).any()
    ]
    return f"Chosen lambda: {', '.join(found)}." if found else ""


def _more(
    cube: xr.Dataset,
    name: str,
    statement: str,
    quantity: str,
    gain: np.ndarray,
    source: str = "Figure 6",
    note: str = "",
) -> Claim:
    """The mean of a difference over seeds is above 0."""
    return claim(
        cube,
        name,
        source=source,
        statement=statement,
        quantity=quantity,
        estimate=mean(gain),
        rule=above(0.0),
        note=f"{note} On {images.data_set(cube)}.".strip(),
    )
