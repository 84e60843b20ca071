"""Figure 4: matrix factorization with label noise, three statements apart, over ranks and sample sizes."""

from __future__ import annotations

import numpy as np
import xarray as xr

from adamatlas.claims.rules import Claim, above, claim, share
from adamatlas.selection import exceeds, late_values

REQUIRES = ("n_train", "optimizer", "rank", "seed")
QUANTITIES = ("test_loss", "trace_h", "trace_sqrt_h")
SOURCE = "Figure 4, Appendix B"
STATEMENTS = (
    ("trace_h", "trace_h", "ends with a larger tr(H) than SGD", "tr(H)", 1),
    (
        "trace_sqrt_h",
        "trace_sqrt_h",
        "ends with a smaller tr(Diag(H)^(1/2)) than SGD",
        "tr(Diag(H)^(1/2))",
        -1,
    ),
    ("test_error", "test_loss", "ends with a larger test error than SGD", "test error", 1),
)


def judge(cube: xr.Dataset) -> list[Claim]:
    """Each statement over all pairs of runs of one rank, sample size and seed."""
    return [_statement(cube, *statement) for statement in STATEMENTS]


def difference(cube: xr.Dataset, name: str) -> np.ndarray:
    """Adam minus SGD, means over the last fifth of the runs, (rank, n_train, seed); NaN if one is missing."""
    out = np.full([cube.sizes[dim] for dim in ("rank", "n_train", "seed")], np.nan)
    for i, rank in enumerate(cube["rank"].values):
        for j, n in enumerate(cube["n_train"].values):
            adam, sgd = (
                late_values(cube, name, optimizer=optimizer, rank=rank, n_train=n)
                for optimizer in ("adam", "sgd")
            )
            if adam.size == sgd.size:
                out[i, j, : adam.size] = adam - sgd
    return out


def _statement(cube: xr.Dataset, name: str, variable: str, text: str, words: str, sign: int) -> Claim:
    happened = exceeds(sign * difference(cube, variable), 0.0)
    return claim(
        cube,
        name,
        source=SOURCE,
        statement=f"Adam {text}",
        quantity=f"share of pairs with Adam's {words} {'above' if sign > 0 else 'below'} SGD's, last fifth",
        estimate=share(happened, of="pairs"),
        rule=above(0.5),
        note=_points(cube, happened),
    )


def _points(cube: xr.Dataset, happened: np.ndarray) -> str:
    """The share at each rank and sample size."""
    parts = [
        f"r={rank}, n={n}: {int(np.nansum(happened[i, j]))}/{int(np.isfinite(happened[i, j]).sum())}"
        for i, rank in enumerate(cube["rank"].values)
        for j, n in enumerate(cube["n_train"].values)
    ]
    return "; ".join(parts) + "."
