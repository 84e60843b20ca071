# ruff: noqa: N999
"""Lemmas A.7 and A.8: the minibatch gradient of one coordinate."""

from functools import partial

import numpy as np
import xarray as xr

from adamatlas.claims.estimates import largest
from adamatlas.claims.rules import Claim, above, below, claim
from adamatlas.claims.words import summaries

REQUIRES = ("batch_size", "seed", "snapshot")
QUANTITIES = ("kernel_error", "lemma_a7_error", "lemma_a8_error", "overlap_share", "single_term_error")
EXACT = 1e-9


def judge(cube: xr.Dataset) -> list[Claim]:
    """The formulas are exact as sums; the single term per coordinate is not, where supports overlap."""
    judged = partial(claim, cube)
    exact = "(against float64 autograd, as a sum over the examples of the batch that hold a coordinate)"
    other = [dim for dim in cube["overlap_share"].dims if dim != "batch_size"]
    sizes = [f"B={size}" for size in cube["batch_size"].values.tolist()]
    overlap, single = (
        cube[name].transpose("batch_size", *other).values.reshape(len(sizes), -1)
        for name in ("overlap_share", "single_term_error")
    )
    return [
        *(
            judged(
                f"a{number}",
                kind="theory",
                source=f"Lemma A.{number}",
                statement=f"The minibatch gradient of {who}'s loss is the lemma's formula {exact}",
                quantity=f"lemma_a{number}_error",
                estimate=largest(cube[f"lemma_a{number}_error"]),
                rule=below(EXACT),
            )
            for number, who in ((7, "Adam"), (8, "AdamW"))
        ),
        judged(
            "kernel",
            kind="check",
            source="Lemma A.8",
            statement="The compiled gradient that trains is autograd's",
            quantity="kernel_error",
            estimate=largest(cube["kernel_error"]),
            rule=below(EXACT),
        ),
        judged(
            "single_term",
            kind="check",
            source="Lemma A.4, used in Lemmas A.7 and A.8",
            statement="The paper's experiment lies outside of Lemma A.4: with one term for each coordinate "
            "the formulas miss more than a tenth of the largest entry",
            quantity="single_term_error",
            estimate=largest(single),
            rule=above(0.1),
            note=f"Largest by batch size: {summaries(sizes, single, '.2g', '?', np.max)}; share of a batch's "
            f"coordinates that several supports hold: {summaries(sizes, overlap, '.2g', '?', np.max)}.",
        ),
    ]
