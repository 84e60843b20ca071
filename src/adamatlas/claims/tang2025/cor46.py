"""Corollary 4.6: the window of AdamW's workable weight decays."""

from __future__ import annotations

import numpy as np
import xarray as xr

from adamatlas.claims.rules import Claim, above, claim, mean, share
from adamatlas.claims.words import listed
from adamatlas.selection import at_end, constant, exceeds

REQUIRES = ("batch_size", "optimizer", "seed", "weight_decay")
QUANTITIES = ("test_error", "train_error", "train_loss")
WORKS = 0.05
LOSS = 0.1


def judge(cube: xr.Dataset) -> list[Claim]:
    """Both edges, and the width against Adam's."""
    return [_inside(cube), _upper(cube), _lower(cube), _wider(cube)]


def lower_edge(size: np.ndarray, n: int) -> np.ndarray:
    """The theory's lower edge of the window, min(B^2 / n, 1)."""
    return np.minimum(np.asarray(size, dtype=float) ** 2 / n, 1.0)


def _runs(cube: xr.Dataset, optimizer: str = "adamw") -> dict[str, np.ndarray]:
    """Every run of an optimizer: its batch size, weight decay, errors and loss at the end."""
    names = ("train_error", "test_error", "train_loss")
    table = xr.Dataset({name: at_end(cube, name) for name in names} | {"status": cube["status"]})
    table = table.drop_vars(["step", "epoch"], errors="ignore").stack(run=cube["status"].dims)
    kept = (table["status"] > 0) & (table["optimizer"] == optimizer)
    table = table.isel(run=np.flatnonzero(kept))
    return {name: table[name].values for name in (*names, "batch_size", "weight_decay", "seed")}


def _works(runs: dict[str, np.ndarray]) -> np.ndarray:
    worst = np.maximum(runs["train_error"], runs["test_error"])
    return 1 - exceeds(worst, WORKS)


def _inside(cube: xr.Dataset) -> Claim:
    runs = _runs(cube)
    decay, size = runs["weight_decay"], runs["batch_size"]
    inside = (decay >= lower_edge(size, constant(cube, "n_train", 200))) & (decay <= 1) & (size < 100)
    return claim(
        cube,
        "inside",
        source="Corollary 4.6",
        statement="Mini-batch AdamW (B < 100) trains and generalizes for weight decay in [min(B^2/n, 1), 1]",
        quantity=f"share of such runs with training and test error at most {WORKS:g}",
        estimate=share(_works(runs)[inside], of="runs"),
        rule=above(0.5),
    )


def _upper(cube: xr.Dataset) -> Claim:
    runs = _runs(cube)
    beyond = (runs["weight_decay"] >= 10) & (runs["batch_size"] < 100)
    error = runs["test_error"][beyond]
    return claim(
        cube,
        "upper",
        source="Corollary 4.6",
        statement="The window of mini-batch AdamW ends at order 1: at weight decay 10 the training loss is "
        f"above {LOSS:g}",
        quantity=f"share of runs at weight decay 10 with train_loss > {LOSS:g}",
        estimate=share(exceeds(runs["train_loss"], LOSS)[beyond], of="runs"),
        rule=above(0.5),
        note=f"Their test errors: {listed(error)}.",
    )


def _lower(cube: xr.Dataset) -> Claim:
    runs = _runs(cube)
    below_edge = runs["weight_decay"] < lower_edge(runs["batch_size"], constant(cube, "n_train", 200))
    below_edge &= runs["batch_size"] < 100
    fails = {
        int(size): exceeds(runs["test_error"], WORKS)[below_edge & (runs["batch_size"] == size)]
        for size in np.unique(runs["batch_size"][below_edge])
    }
    counts = "; ".join(f"B={size}: {int(np.nansum(bad))} of {bad.size}" for size, bad in fails.items())
    return claim(
        cube,
        "lower",
        source="Corollary 4.6",
        statement="Below min(B^2/n, 1) the weight decay is too small for mini-batch AdamW (B < 100) to "
        "generalize",
        quantity=f"share of runs below the edge with test_error > {WORKS:g}",
        estimate=share(exceeds(runs["test_error"], WORKS)[below_edge], of="runs"),
        rule=above(0.5),
        note=f"Runs that fail, by batch size: {counts}." if counts else "",
    )


def _wider(cube: xr.Dataset) -> Claim:
    adam, adamw = largest_workable(_runs(cube, "adam")), largest_workable(_runs(cube))
    both = sorted(adam.keys() & adamw.keys())
    ratio = np.array([adamw[key] / adam[key] for key in both])
    sizes = ", ".join(f"B={size}" for size in sorted({size for size, _ in both})) or "no common batch size"
    return claim(
        cube,
        "wider",
        source="Corollary 4.6",
        statement=f"AdamW's window of weight decay reaches more than ten times further than Adam's ({sizes})",
        quantity="log10 of the largest weight decay that works with AdamW over Adam's, per seed",
        estimate=mean(np.log10(ratio)),
        rule=above(1),
        note=f"Largest that work with AdamW: {listed(np.array([adamw[key] for key in both]), 'g')}; "
        f"with Adam: {listed(np.array([adam[key] for key in both]), 'g')}.",
    )


def largest_workable(runs: dict[str, np.ndarray]) -> dict[tuple[int, int], float]:
    """The largest positive weight decay that works, by (batch size, seed); NaN where none does."""
    works = (_works(runs) == 1) & (runs["weight_decay"] > 0)
    out = {}
    for size, seed in sorted(set(zip(runs["batch_size"].tolist(), runs["seed"].tolist(), strict=True))):
        own = runs["weight_decay"][works & (runs["batch_size"] == size) & (runs["seed"] == seed)]
        out[size, seed] = own.max() if own.size else np.nan
    return out
