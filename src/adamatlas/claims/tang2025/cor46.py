"""Corollary 4.6: the window of AdamW's workable weight decays."""

from functools import partial

import numpy as np
import pandas as pd
import xarray as xr

from adamatlas.claims.rules import Claim, above, claim, mean, share
from adamatlas.claims.words import listed
from adamatlas.selection import at_end, constant, exceeds

REQUIRES = ("batch_size", "optimizer", "seed", "weight_decay")
QUANTITIES = ("test_error", "train_error", "train_loss")
WORKS = 0.05
LOSS = 0.1


def judge(cube: xr.Dataset) -> list[Claim]:
    """Both edges of the window in mini-batches (B < 100), and its width against Adam's."""
    table = _runs(cube)
    mini = table[(table["optimizer"] == "adamw") & (table["batch_size"] < 100)]
    decay = mini["weight_decay"]
    inside = mini[(decay >= mini["edge"]) & (decay <= 1)]
    beyond, short = mini[decay >= 10], mini[decay < mini["edge"]]
    fails = pd.Series(exceeds(short["test_error"], WORKS), short["batch_size"].values)
    counts = [f"B={size}: {int(bad.sum())} of {bad.size}" for size, bad in fails.groupby(level=0)]
    judged = partial(claim, cube, source="Corollary 4.6")
    return [
        judged(
            "inside",
            statement="Mini-batch AdamW (B < 100) trains and generalizes for weight decay in "
            "[min(B^2/n, 1), 1]",
            quantity=f"share of such runs with training and test error at most {WORKS:g}",
            estimate=share(inside["works"], of="runs"),
            rule=above(0.5),
        ),
        judged(
            "upper",
            statement="The window of mini-batch AdamW ends at order 1: at weight decay 10 the training loss "
            f"is above {LOSS:g}",
            quantity=f"share of runs at weight decay 10 with train_loss > {LOSS:g}",
            estimate=share(exceeds(beyond["train_loss"], LOSS), of="runs"),
            rule=above(0.5),
            note=f"Their test errors: {listed(beyond['test_error'])}.",
        ),
        judged(
            "lower",
            statement="Below min(B^2/n, 1) the weight decay is too small for mini-batch AdamW (B < 100) to "
            "generalize",
            quantity=f"share of runs below the edge with test_error > {WORKS:g}",
            estimate=share(fails, of="runs"),
            rule=above(0.5),
            note=f"Runs that fail, by batch size: {'; '.join(counts)}." if counts else "",
        ),
        _wider(cube, table),
    ]


def lower_edge(size: np.ndarray, n: int) -> np.ndarray:
    """The theory's lower edge of the window, min(B^2 / n, 1)."""
    return np.minimum(np.asarray(size, dtype=float) ** 2 / n, 1.0)


def _wider(cube: xr.Dataset, table: pd.DataFrame) -> Claim:
    largest = [_largest_workable(table[table["optimizer"] == name]) for name in ("adamw", "adam")]
    adamw, adam = (column for _, column in pd.concat(largest, axis=1, join="inner").items())
    sizes = ", ".join(f"B={size}" for size in adamw.index.unique(0)) or "no common batch size"
    return claim(
        cube,
        "wider",
        source="Corollary 4.6",
        statement=f"AdamW's window of weight decay reaches more than ten times further than Adam's ({sizes})",
        quantity="log10 of the largest weight decay that works with AdamW over Adam's, per seed",
        estimate=mean(np.log10(adamw / adam)),
        rule=above(1),
        note=f"Largest that work with AdamW: {listed(adamw, 'g')}; with Adam: {listed(adam, 'g')}.",
    )


def _runs(cube: xr.Dataset) -> pd.DataFrame:
    """A row for each run: its axes, errors and loss at the end, whether it works, the theory's lower edge."""
    ends = xr.Dataset({name: at_end(cube, name) for name in QUANTITIES} | {"status": cube["status"]})
    table = ends.to_dataframe(cube["status"].dims).reset_index()
    table = table[table["status"] > 0]
    worst = np.maximum(table["train_error"], table["test_error"])
    edge = lower_edge(table["batch_size"], constant(cube, "n_train", 200))
    return table.assign(works=1 - exceeds(worst, WORKS), edge=edge)


def _largest_workable(table: pd.DataFrame) -> pd.Series:
    """The largest positive weight decay that works, by (batch size, seed); NaN where none does."""
    decay = table["weight_decay"].where((table["works"] == 1) & (table["weight_decay"] > 0))
    return decay.groupby([table["batch_size"], table["seed"]]).max()
