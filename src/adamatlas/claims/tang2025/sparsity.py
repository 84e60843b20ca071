"""The noise-sparsity axis: does the mechanism depend on how sparse the noise is?"""

import numpy as np
import xarray as xr

from adamatlas.claims.rules import Claim, above, below, claim, mean, share
from adamatlas.claims.tables import spread
from adamatlas.selection import end_values, exceeds, flips

REQUIRES = ("batch_size", "optimizer", "s", "seed")
QUANTITIES = ("feature", "test_error", "train_error")
SOURCE = "Beyond the paper: Theorems 4.1, 4.2, 4.4, 4.5 over the sparsity s"


def judge(cube: xr.Dataset) -> list[Claim]:
    """At each s: large batches end worse than chance, small ones at error 0."""
    out = []
    for optimizer in cube["optimizer"].values.tolist():
        out += [_large(cube, optimizer, s) for s in cube["s"].values.tolist()]
        out += _all(cube, optimizer)
    return out


def _large(cube: xr.Dataset, optimizer: str, s: int) -> Claim:
    point = {"optimizer": optimizer, "s": s, "batch_size": 100}
    error, flipped = end_values(cube, "test_error", **point), flips(cube, **point)
    counts = ", ".join(f"{int((flipped == k).sum())} with {k}" for k in range(3))
    return claim(
        cube,
        f"{optimizer}_b100_s{s}",
        source=SOURCE,
        statement=f"Large-batch {optimizer} (B=100) ends with test error above 1/2 in most seeds at s={s}",
        quantity="share of seeds with test_error > 1/2",
        estimate=share(exceeds(error, 0.5)),
        rule=above(0.5),
        note=f"{spread(error)} Flipped classes: {counts}.".strip(),
    )


def _all(cube: xr.Dataset, optimizer: str) -> list[Claim]:
    def over_s(name: str, *sizes: int) -> np.ndarray:
        """A quantity at the end of all runs of these batch sizes."""
        points = [{"s": s, "batch_size": size} for s in cube["s"].values for size in sizes]
        return np.concatenate([end_values(cube, name, optimizer=optimizer, **point) for point in points])

    error = over_s("test_error", 2)
    return [
        claim(
            cube,
            f"{optimizer}_train",
            source=SOURCE,
            statement=f"{optimizer} reaches training error 0 at every s and both batch sizes",
            quantity="train_error, mean over s and batch size",
            estimate=mean(over_s("train_error", 2, 100), of="runs"),
            rule=below(0.01),
        ),
        claim(
            cube,
            f"{optimizer}_b2",
            source=SOURCE,
            statement=f"Mini-batch {optimizer} (B=2) has test error below 0.01 at every s",
            quantity="share of runs with test_error > 0.01",
            estimate=share(exceeds(error, 0.01), of="runs"),
            rule=below(0.5),
            note=spread(error),
        ),
    ]
