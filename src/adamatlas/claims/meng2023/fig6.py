"""Figure 6: the test accuracy of LeNet5 trained on noisy images."""

from __future__ import annotations

import numpy as np
import xarray as xr

from adamatlas.claims.rules import Claim, above, claim, mean
from adamatlas.claims.words import listed
from adamatlas.readings import meng2023_images as images
from adamatlas.readings.meng2023 import FGR, PEGR

REQUIRES = ("reg_lambda", "regularizer", "seed", "sigma_p", "snapshot")
QUANTITIES = ("test_accuracy", "train_loss", "val_accuracy")
HARMLESS = -0.02


def judge(cube: xr.Dataset) -> list[Claim]:
    """PEGR against standard training by noise level: lambda chosen, at equal training loss, and as stated."""
    out = []
    for level, sigma in enumerate(cube["sigma_p"].values.tolist()):
        out += [_chosen(cube, level, sigma), _matched(cube, level, sigma), _as_stated(cube, level, sigma)]
    return [*out, _full(cube), _harmless(cube), _noise_hurts(cube)]


def _chosen(cube: xr.Dataset, level: int, sigma: float) -> Claim:
    gain = _gain(cube, images.chosen(cube, "test_accuracy", PEGR))
    return _more(
        cube,
        f"pegr_noise{level}",
        f"PEGR, lambda chosen on the validation split, has a higher test accuracy than standard training at "
        f"sigma_p = {sigma:g}",
        "test accuracy of PEGR - standard, means over the last quarter of the run",
        gain[:, level],
        note=f"{_levels(cube, level)} {_counts(cube, level)}".strip(),
    )


def _as_stated(cube: xr.Dataset, level: int, sigma: float) -> Claim:
    gain = _gain(cube, images.at(cube, "test_accuracy", PEGR, images.LAMBDA))
    return _more(
        cube,
        f"lambda01_noise{level}",
        f"PEGR at the paper's lambda = 0.1 has a higher test accuracy than standard training at "
        f"sigma_p = {sigma:g}",
        "test accuracy of PEGR at lambda = 0.1 - standard, means over the last quarter of the run",
        gain[:, level],
    )


def _matched(cube: xr.Dataset, level: int, sigma: float) -> Claim:
    gain = matched(
        *(images.standard(cube, name) for name in ("train_loss", "test_accuracy")),
        *(images.chosen(cube, name, PEGR) for name in ("train_loss", "test_accuracy")),
    )
    return _more(
        cube,
        f"matched_noise{level}",
        "At equal training loss, the lowest that both reach, PEGR (lambda chosen) has a higher test accuracy "
        f"than standard training at sigma_p = {sigma:g}",
        "test accuracy of PEGR - standard, each when its training loss first reaches the common level",
        gain[:, level],
        source="Beyond Figure 6",
    )


def _full(cube: xr.Dataset) -> Claim:
    gain = _gain(cube, images.chosen(cube, "test_accuracy", FGR))
    return _more(
        cube,
        "fgr",
        "FGR, lambda chosen on the validation split, has a higher test accuracy than standard training",
        "test accuracy of FGR - standard, means over the last quarter of the run and over sigma_p",
        gain.mean(axis=1),
        source="Beyond Figure 6",
        note=f"By sigma_p: {listed(gain.mean(axis=0), '+.3f')}."
        if np.isfinite(gain).any()
        else "No run of the grid has FGR.",
    )


def _harmless(cube: xr.Dataset) -> Claim:
    gain = _gain(cube, images.chosen(cube, "test_accuracy", PEGR))
    return claim(
        cube,
        "clean",
        source="Figure 6 (a)",
        statement="PEGR does not prevent learning without noise: it costs at most 0.02 of test accuracy",
        quantity="test accuracy of PEGR (lambda chosen) - standard at the smallest sigma_p",
        estimate=mean(gain[:, 0]),
        rule=above(HARMLESS),
        note=f"On {images.data_set(cube)}.",
    )


def _noise_hurts(cube: xr.Dataset) -> Claim:
    late = images.standard(cube, "test_accuracy").late()
    return _more(
        cube,
        "noise_hurts",
        "The test accuracy of standard training falls with the noise on the training images",
        "test accuracy at the smallest sigma_p - at the largest",
        late[:, 0] - late[:, -1],
    )


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
    for place in np.argwhere(np.isfinite(level)):
        at = tuple(place)
        one = when_reached(loss_one.values[at], accuracy_one.values[at], level[at])
        two = when_reached(loss_two.values[at], accuracy_two.values[at], level[at])
        found[at] = two - one
    return found


def when_reached(loss: np.ndarray, accuracy: np.ndarray, level: float) -> float:
    """The accuracy when `loss` first falls to `level`, linear between two snapshots."""
    k = int(np.argmax(loss <= level))
    if k == 0:
        return float(accuracy[0])
    share = (loss[k - 1] - level) / (loss[k - 1] - loss[k])
    return float(accuracy[k - 1] + share * (accuracy[k] - accuracy[k - 1]))


def _gain(cube: xr.Dataset, accuracy: images.Course) -> np.ndarray:
    return accuracy.late() - images.standard(cube, "test_accuracy").late()


def _levels(cube: xr.Dataset, level: int) -> str:
    """Mean accuracies of both, in words."""
    ours = images.chosen(cube, "test_accuracy", PEGR).late()[:, level]
    theirs = images.standard(cube, "test_accuracy").late()[:, level]
    if not np.isfinite(ours).any() or not np.isfinite(theirs).any():
        return ""
    return f"Mean {np.nanmean(ours):.3f} against {np.nanmean(theirs):.3f}."


def _counts(cube: xr.Dataset, level: int) -> str:
    """How often each lambda was chosen at one noise level, in words."""
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
