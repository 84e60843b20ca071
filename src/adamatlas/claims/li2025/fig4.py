"""Figure 4: matrix factorization with label noise, three statements apart, over ranks and sample sizes."""

import numpy as np
import xarray as xr

from adamatlas.claims.rules import Claim, above, claim, share
from adamatlas.selection import exceeds, late_values

REQUIRES = ("n_train", "optimizer", "rank", "seed")
QUANTITIES = ("test_loss", "trace_h", "trace_sqrt_h")


def judge(cube: xr.Dataset) -> list[Claim]:
    """Each statement over all pairs of runs of one rank, sample size and seed."""
    return [
        _compared(cube, "trace_h", "trace_h", "tr(H)", larger=True),
        _compared(cube, "trace_sqrt_h", "trace_sqrt_h", "tr(Diag(H)^(1/2))", larger=False),
        _compared(cube, "test_error", "test_loss", "test error", larger=True),
    ]


def _compared(cube: xr.Dataset, name: str, quantity: str, what: str, *, larger: bool) -> Claim:
    gap = _difference(cube, quantity)
    holds = exceeds(gap if larger else -gap, 0.0)
    return claim(
        cube,
        name,
        source="Figure 4, Appendix B",
        statement=f"Adam ends with a {'larger' if larger else 'smaller'} {what} than SGD",
        quantity=f"share of pairs with Adam's {what} {'above' if larger else 'below'} SGD's, last fifth",
        estimate=share(holds, of="pairs"),
        rule=above(0.5),
        note="; ".join(
            f"r={rank}, n={n}: {int(np.nansum(holds[i, j]))}/{int(np.isfinite(holds[i, j]).sum())}"
            for i, rank in enumerate(cube["rank"].values)
            for j, n in enumerate(cube["n_train"].values)
        )
        + ".",
    )


def _difference(cube: xr.Dataset, name: str) -> np.ndarray:
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
