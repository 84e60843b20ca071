"""Corollary 4.6: the window of AdamW's workable weight decays."""

from functools import partial

import numpy as np
import pandas as pd
import xarray as xr

from adamatlas.claims import regime
from adamatlas.claims.estimates import Estimate, mean, share
from adamatlas.claims.rules import Claim, above, claim
from adamatlas.claims.words import listed
from adamatlas.selection import at_end, constant, exceeds
from adamatlas.theory.conditions import Condition

REQUIRES = ("batch_size", "optimizer", "seed", "weight_decay")
QUANTITIES = ("test_error", "train_error", "train_loss")
WORKS = 0.05


def judge(cube: xr.Dataset) -> list[Claim]:
    """The window in mini-batches, n/B >= n^(1/2), what lies beyond it, and its width against Adam's."""
    table = _runs(cube)
    mini = table[table["mini"]]
    adamw = mini[mini["optimizer"] == "adamw"]
    decay = adamw["weight_decay"]
    inside = adamw[(decay >= adamw["edge"]) & (decay <= 1)]
    short, beyond = adamw[decay < adamw["edge"]], adamw[decay >= 10]
    judged = partial(claim, cube)
    return [
        judged(
            "inside",
            kind="theory",
            source="Theorem 4.5, Corollary 4.6",
            bound="sufficient",
            statement="Mini-batch AdamW (n/B >= n^(1/2)) trains and generalizes at every weight decay in "
            "[min(B^2/n, 1), 1]",
            quantity=f"training and test error at most {WORKS:g}, by batch size and weight decay",
            estimate=_at_each(inside, "works"),
            rule=above(0.5),
            conditions=_conditions(cube),
            note=_cells(inside, "works"),
        ),
        judged(
            "lower",
            kind="extension",
            source="Corollary 4.6, whose edge is sufficient",
            bound="necessary",
            statement="Below min(B^2/n, 1) mini-batch AdamW fails at every weight decay",
            quantity=f"training or test error above {WORKS:g}, by batch size and weight decay",
            estimate=_at_each(short, "fails"),
            rule=above(0.5),
            note=_cells(short, "fails"),
        ),
        judged(
            "upper",
            kind="extension",
            source="Corollary 4.6, whose edge is sufficient",
            bound="necessary",
            statement="At weight decay 10, beyond order 1, mini-batch AdamW fails",
            quantity=f"training or test error above {WORKS:g}, by batch size",
            estimate=_at_each(beyond, "fails"),
            rule=above(0.5),
            note=f"{_cells(beyond, 'fails')} Training losses {listed(beyond['train_loss'])}.",
        ),
        _wider(cube, mini),
    ]


def lower_edge(size: np.ndarray, n: int) -> np.ndarray:
    """The theory's lower edge of the window, min(B^2 / n, 1)."""
    return np.minimum(np.asarray(size, dtype=float) ** 2 / n, 1.0)


def _wider(cube: xr.Dataset, mini: pd.DataFrame) -> Claim:
    largest = [_largest_workable(mini[mini["optimizer"] == name]) for name in ("adamw", "adam")]
    adamw, adam = (column for _, column in pd.concat(largest, axis=1, join="inner").items())
    sizes = ", ".join(f"B={size}" for size in adamw.index.unique(0)) or "no common batch size"
    return claim(
        cube,
        "wider",
        kind="theory",
        source="Corollary 4.6",
        statement=f"AdamW's window of weight decay reaches more than ten times further than Adam's ({sizes})",
        quantity="log10 of the largest weight decay that works with AdamW over Adam's, per seed; at least",
        estimate=mean(np.log10(adamw / adam).groupby(level="seed").mean().reindex(cube["seed"])),
        rule=above(1),
        conditions=_conditions(cube),
        note=f"Largest of the grid that work: AdamW {listed(adamw, 'g')}; Adam {listed(adam, 'g')}.",
    )


def _runs(cube: xr.Dataset) -> pd.DataFrame:
    """A row for each run: its axes, errors and loss at the end, whether it works, the theory's lower edge."""
    ends = xr.Dataset({name: at_end(cube, name) for name in QUANTITIES} | {"status": cube["status"]})
    table = ends.to_dataframe(cube["status"].dims).reset_index()
    table = table[table["status"] > 0]
    fails = exceeds(np.maximum(table["train_error"], table["test_error"]), WORKS)
    n = constant(cube, "n_train", 200)
    return table.assign(
        works=1 - fails,
        fails=fails,
        edge=lower_edge(table["batch_size"], n),
        mini=n / table["batch_size"] >= np.sqrt(n),
    )


def _at_each(table: pd.DataFrame, what: str) -> Estimate:
    """The share of seeds for which all of these cells' runs work, or fail."""
    cells = ["batch_size", "weight_decay"]
    return share(table.set_index(["seed", *cells])[what].unstack(cells).values)


def _cells(table: pd.DataFrame, what: str) -> str:
    cells = table.dropna(subset=[what]).groupby(["batch_size", "weight_decay"])[what]
    found = [f"B={size}, {decay:g}: {int(sum(one))} of {len(one)}" for (size, decay), one in cells]
    return f"Runs that {what.rstrip('s')}: {'; '.join(found)}." if found else ""


def _conditions(cube: xr.Dataset) -> list[Condition]:
    smallest = int(cube["batch_size"].values.min())
    return regime.small(
        cube.isel(weight_decay=[-1]), batch_size=smallest, optimizer="adamw", weight_decay=1.0
    )


def _largest_workable(table: pd.DataFrame) -> pd.Series:
    """The largest positive weight decay that works, by (batch size, seed); NaN where none does."""
    decay = table["weight_decay"].where((table["works"] == 1) & (table["weight_decay"] > 0))
    return decay.groupby([table["batch_size"], table["seed"]]).max()
