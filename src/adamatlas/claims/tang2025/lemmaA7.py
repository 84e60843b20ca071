# ruff: noqa: N999
"""Lemmas A.7 and A.8: the minibatch gradient of one coordinate."""

import numpy as np
import xarray as xr

from adamatlas.claims.rules import Claim, below, claim, largest
from adamatlas.selection import runs

REQUIRES = ("batch_size", "seed", "snapshot")
QUANTITIES = ("kernel_error", "lemma_a7_error", "lemma_a8_error", "overlap_share", "single_term_error")
EXACT = 1e-9


def judge(cube: xr.Dataset) -> list[Claim]:
    """The formulas are exact as sums; the single term per coordinate is not, where supports overlap."""
    a7, a8 = (
        f"The minibatch gradient of {who}'s loss is the formula of Lemma {lemma}"
        for who, lemma in (("Adam", "A.7"), ("AdamW", "A.8"))
    )
    kernel = "The compiled gradient that trains is the same gradient"
    return [
        _exact(cube, "a7", "Lemma A.7", "lemma_a7_error", a7),
        _exact(cube, "a8", "Lemma A.8", "lemma_a8_error", a8),
        _exact(cube, "kernel", "Lemma A.8", "kernel_error", kernel),
        *(_disjoint(cube, size) for size in cube["batch_size"].values.tolist()),
    ]


def _exact(cube: xr.Dataset, name: str, source: str, quantity: str, statement: str) -> Claim:
    return claim(
        cube,
        name,
        source=source,
        statement=f"{statement} (against float64 autograd, sums over all examples of the batch)",
        quantity=quantity,
        estimate=largest(cube[quantity], of="runs and snapshots"),
        rule=below(EXACT),
    )


def _disjoint(cube: xr.Dataset, size: int) -> Claim:
    part = runs(cube, batch_size=size)
    single = part["single_term_error"].values
    worst = f"{np.nanmax(single):.2g}" if np.isfinite(single).any() else "not known"
    return claim(
        cube,
        f"disjoint_b{size}",
        source="Lemma A.4, used in Lemmas A.7 and A.8",
        statement=f"The noise supports of a batch are disjoint (B={size}), so that a coordinate's gradient "
        "has one term",
        quantity="overlap_share",
        estimate=largest(part["overlap_share"], of="runs and snapshots"),
        rule=below(0.01),
        note="At d=1000, s=100 supports overlap; the lemma holds with a sum over the examples that share a "
        f"coordinate. Keeping one term is wrong by up to {worst} of the largest entry.",
    )
