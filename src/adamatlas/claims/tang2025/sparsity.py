"""The noise-sparsity axis: does the mechanism depend on how sparse the noise is?"""

from collections.abc import Callable

import numpy as np
import xarray as xr

from adamatlas.claims.estimates import every
from adamatlas.claims.rules import Claim, above, claim
from adamatlas.claims.words import summaries
from adamatlas.readings import names
from adamatlas.selection import at_end, holds, runs

REQUIRES = ("batch_size", "optimizer", "s", "seed")
QUANTITIES = ("test_error", "train_error")
SMALL = 0.01


def judge(cube: xr.Dataset) -> list[Claim]:
    """At each s: both batch sizes fit, large batches end worse than chance, small ones at error 0."""
    return [judged for name in cube["optimizer"].values.tolist() for judged in _optimizer(cube, name)]


def _optimizer(cube: xr.Dataset, optimizer: str) -> list[Claim]:
    who = names.name(optimizer)

    def judged(name: str, says: str, quantity: str, condition: Callable, *sizes: int) -> Claim:
        parts = [
            at_end(runs(cube, "seed", "s", optimizer=optimizer, batch_size=size), quantity).reindex(
                seed=cube["seed"]
            )
            for size in sizes
        ]
        values = np.concatenate([part.values for part in parts], axis=1)
        labels = [f"s={s}, B={size}" for size in sizes for s in cube["s"].values]
        return claim(
            cube,
            f"{optimizer}_{name}",
            kind="extension",
            source="Theorems 4.1, 4.2, 4.4 and 4.5 over the sparsity s",
            statement=f"{says.format(who)}, in most seeds at every s",
            quantity=f"{quantity}, by s and batch size",
            estimate=every(holds(values, condition(values))),
            rule=above(0.5),
            note=f"Medians at {summaries(labels, values.T, '.3g', 'no runs')}.",
        )

    return [
        judged("train", "{} reaches training error 0", "train_error", lambda x: x < SMALL, 2, 100),
        judged("b100", "Large-batch {} has test error above 1/2", "test_error", lambda x: x > 0.5, 100),
        judged("b2", "Mini-batch {} has test error 0", "test_error", lambda x: x < SMALL, 2),
    ]
