"""Claims about image networks over batch size, weight decay and betas, shared by figures of tang2025."""

from functools import partial

import numpy as np
import xarray as xr

from adamatlas.claims.estimates import every, mean, share
from adamatlas.claims.rules import Claim, above, below, claim
from adamatlas.claims.words import span, summaries
from adamatlas.readings import image_sweeps as sweeps
from adamatlas.readings import images, names
from adamatlas.readings.axes import values
from adamatlas.selection import at_end, holds, runs

OPTIMIZERS = ("adam", "adamw")
SIZES = {"cifar10": 45_000, "imagefolder": 90_000}
"""The paper's image sets, and the training images from which on a study has its size."""
SPIKE = 0.1
"""A weight decay that adds this much to the test error is too large."""
STABLE = 0.05
"""A test error that stays within this of the least is stable."""
FEWEST = 5
"""So many batch sizes are needed to call one step sharp: a steady rise has a quarter of the range in each."""


def over_batch_size(cube: xr.Dataset, source: str, quantity: str = "test_accuracy") -> list[Claim]:
    """The test error rises from the smallest to the largest batches, and it does so sharply.

    At the learning rate that is best on the test set, as the paper reports, and at each seed's choice on its
    validation split.
    """
    what = "top-5 test error" if quantity == "test_top5" else "test error"
    found = []
    for optimizer in images.optimizers_of(cube):
        who = names.name(optimizer)
        by_choice = {
            choice: _stacked(cube, "batch_size", choice, quantity, optimizer) for choice in sweeps.CHOICES
        }
        for choice, errors in by_choice.items():
            reported = choice == "test"
            found.append(
                claim(
                    cube,
                    f"{optimizer}_degrades" if reported else f"{optimizer}_degrades_validation",
                    kind=images.kind(cube, SIZES) if reported else "extension",
                    source=source,
                    statement=f"{who} generalizes worse in large batches: the {what} at the largest B is "
                    f"above that at the smallest, {sweeps.CHOICES[choice]}",
                    quantity=f"{what} at the largest B minus at the smallest, mean over networks",
                    estimate=mean(sweeps.change(errors, "batch_size")),
                    rule=above(0.0),
                    note=f"{images.ran(cube)}. Medians by B: {_medians(errors, 'batch_size')}.",
                )
            )
        errors = by_choice["test"]
        total, rise = _range(errors), _largest_rise(errors)
        found.append(
            claim(
                cube,
                f"{optimizer}_sharp",
                kind=images.kind(cube, SIZES),
                source=source,
                statement=f"{who} degrades sharply beyond a threshold: one step to the next B is half "
                "of the range or more",
                quantity=f"share of seeds in which the largest rise of the {what} between neighbouring B "
                "is at least half of its range, in every network",
                estimate=share(holds(rise, (rise > 0) & (rise >= total / 2))),
                rule=above(0.5),
            )
        )
    return found


def over_weight_decay(cube: xr.Dataset, source: str, quantity: str = "test_accuracy") -> list[Claim]:
    """Adam fails at large weight decay, AdamW does not, and Adam is the more sensitive at the same decays."""
    what = "top-5 test error" if quantity == "test_top5" else "test error"
    adam, adamw = (_stacked(cube, "weight_decay", "test", quantity, name) for name in OPTIMIZERS)
    judged = partial(claim, cube, kind=images.kind(cube, SIZES), source=source)
    common = np.intersect1d(adam["weight_decay"], adamw["weight_decay"])
    wider = _range(adam.sel(weight_decay=common)) - _range(adamw.sel(weight_decay=common))
    found = []
    for who, errors, rule, says in (
        ("adam_spikes", adam, above(SPIKE), f"Adam's {what} spikes at the largest weight decay"),
        (
            "adamw_stable",
            adamw,
            below(STABLE),
            f"AdamW's {what} stays near its least at the largest weight decay",
        ),
    ):
        found.append(
            judged(
                who,
                statement=says,
                quantity=f"{what} there minus the least over weight decays, mean over networks",
                estimate=mean(_above_least(errors)),
                rule=rule,
                note=f"{images.ran(cube)}. Medians by weight decay: {_medians(errors, 'weight_decay')}.",
            )
        )
    return [
        *found,
        judged(
            "more_sensitive",
            statement="Adam is more sensitive to the weight decay than AdamW",
            quantity=f"range of the {what} over the weight decays that both have, Adam minus AdamW, mean "
            "over networks",
            estimate=mean(wider),
            rule=above(0.0),
        ),
    ]


def at_each_pair(cube: xr.Dataset, over: str, optimizer: str) -> xr.DataArray:
    """The test error at the end (seed, cell, over); a cell is a network and a pair of betas."""
    part = runs(cube, "seed", "network", "beta1", "beta2", over, optimizer=optimizer)
    found = (
        sweeps.error(at_end(part, "test_accuracy"))
        .reindex(seed=cube["seed"])
        .stack(cell=("network", "beta1", "beta2"))
    )
    found = found.transpose("seed", "cell", over)
    return found.dropna("cell", how="all").sel({over: values(cube, over, optimizer)})


def degrades_at_each_pair(cube: xr.Dataset, source: str) -> list[Claim]:
    """The test error rises from the smallest to the largest batches, whatever the betas."""
    found = []
    for optimizer in images.optimizers_of(cube):
        errors = at_each_pair(cube, "batch_size", optimizer)
        change = sweeps.change(errors, "batch_size")
        found.append(
            claim(
                cube,
                f"{optimizer}_degrades",
                kind=images.kind(cube, SIZES),
                source=source,
                statement=f"At each pair of betas {names.name(optimizer)} has a larger test error in the "
                "largest batches than in the smallest",
                quantity="least share of seeds over networks and pairs",
                estimate=every(holds(change, change > 0)),
                rule=above(0.5),
                note=f"{images.ran(cube)}. Changes: {span(change)}.",
            )
        )
    return found


def sensitive_at_each_pair(cube: xr.Dataset, source: str) -> list[Claim]:
    """Adam is the more sensitive to weight decay, whatever the betas."""
    both = (at_each_pair(cube, "weight_decay", name) for name in OPTIMIZERS)
    adam, adamw = xr.align(*both, join="inner", exclude=("weight_decay",))
    common = np.intersect1d(adam["weight_decay"], adamw["weight_decay"])
    wider = _range(adam.sel(weight_decay=common)) - _range(adamw.sel(weight_decay=common))
    return [
        claim(
            cube,
            "more_sensitive",
            kind=images.kind(cube, SIZES),
            source=source,
            statement="At each pair of betas Adam is more sensitive to the weight decay than AdamW",
            quantity="least share of seeds over networks and pairs in which the test error has the larger "
            "range over the weight decays that both have",
            estimate=every(holds(wider, wider > 0)),
            rule=above(0.5),
            note=f"{images.ran(cube)}. Differences of the ranges: {span(wider)}.",
        )
    ]


def _stacked(cube: xr.Dataset, over: str, choice: str, quantity: str, optimizer: str) -> xr.DataArray:
    """The chosen errors (seed, network, over), at the values of `over` that the optimizer has."""
    there = values(cube, over, optimizer)
    rows = [
        sweeps.chosen(cube, over, choice, quantity, optimizer=optimizer, network=network)
        for network in cube["network"].values.tolist()
    ]
    return xr.concat(rows, "network").transpose("seed", "network", over).sel({over: there})


def _above_least(errors: xr.DataArray) -> np.ndarray:
    """The last value minus the least; NaN where there are fewer than two."""
    few = errors.shape[-1] < 2
    return np.full(errors.shape[:-1], np.nan) if few else errors.values[..., -1] - errors.values.min(axis=-1)


def _range(errors: xr.DataArray) -> np.ndarray:
    """Largest minus smallest over the last axis; NaN where it has fewer than two values."""
    few = errors.shape[-1] < 2
    return np.full(errors.shape[:-1], np.nan) if few else np.ptp(errors.values, axis=-1)


def _largest_rise(errors: xr.DataArray) -> np.ndarray:
    """The largest rise between neighbours on the last axis; NaN where it has fewer than FEWEST values."""
    few = errors.shape[-1] < FEWEST
    return np.full(errors.shape[:-1], np.nan) if few else np.diff(errors.values).max(axis=-1)


def _medians(errors: xr.DataArray, over: str) -> str:
    return summaries(errors[over].values, errors.mean("network").values.T, ".3f")
