"""Figure 4: matrix factorization with label noise, each statement in every cell of rank and sample size."""

import numpy as np
import xarray as xr

from adamatlas.claims.estimates import every
from adamatlas.claims.rules import Claim, Kind, above, claim
from adamatlas.selection import exceeds, history, late_values, runs

REQUIRES = ("n_train", "optimizer", "rank", "seed")
QUANTITIES = ("test_loss", "trace_h", "trace_sqrt_h", "train_loss")
SOURCE = "Appendix B, Figure 4"
ALIKE = 2.0
"""Within this factor training errors count as identical."""
RISE = 1.05
"""A course that ends this many times above an earlier value is not monotone."""
SETTLED = 0.1
"""Converged: the test error changes by less than this share between the last two quarters."""


def judge(cube: xr.Dataset) -> list[Claim]:
    """Sharpness of both kinds, the test error, and what it presumes: like training errors, convergence.

    No claims where the grid lacks an optimizer: each compares both.
    """
    if not {"adam", "sgd"} <= set(cube["optimizer"].values.tolist()):
        return []
    train = np.abs(np.log(_late(cube, "train_loss", "adam") / _late(cube, "train_loss", "sgd")))
    return [
        _every(
            cube,
            "trace_h",
            "Adam ends with a larger tr(H) than SGD",
            "Adam's tr(H) is above SGD's, last fifth",
            exceeds(_gap(cube, "trace_h"), 0.0),
        ),
        _every(
            cube,
            "trace_sqrt_h",
            "Adam ends with a smaller tr(Diag(H)^(1/2)) than SGD",
            "Adam's tr(Diag(H)^(1/2)) is below SGD's, last fifth",
            exceeds(-_gap(cube, "trace_sqrt_h"), 0.0),
        ),
        _every(
            cube,
            "test_error",
            "Adam generalizes worse than SGD once training has reached interpolation",
            "Adam's test error is above SGD's, last fifth",
            exceeds(_gap(cube, "test_loss"), 0.0),
        ),
        _every(
            cube,
            "train_error",
            "Adam's training error is that of SGD",
            f"ratio of the training errors, last fifth, is within a factor {ALIKE:g}",
            1.0 - exceeds(train, np.log(ALIKE)),
        ),
        _every(
            cube,
            "rises",
            "Adam's tr(H) is not even monotone: it rises after it has fallen",
            f"tr(H) of Adam is at some time over {RISE:g} times an earlier value",
            exceeds(_rise(cube), RISE),
        ),
        _every(
            cube,
            "converged",
            "Both have converged",
            f"test error of both changes by less than {SETTLED:g} of itself between the last two quarters",
            1.0 - exceeds(_change(cube), SETTLED),
            kind="check",
        ),
    ]


def _every(
    cube: xr.Dataset, name: str, statement: str, quantity: str, holds: np.ndarray, kind: Kind = "reported"
) -> Claim:
    """`holds` (seed, rank, n_train): judged in the worst cell, with each cell's count in the note."""
    cells = [
        f"r={rank}, n={n}: {int(np.nansum(holds[:, i, j]))}/{int(np.isfinite(holds[:, i, j]).sum())}"
        for i, rank in enumerate(cube["rank"].values)
        for j, n in enumerate(cube["n_train"].values)
    ]
    return claim(
        cube,
        name,
        kind=kind,
        source=SOURCE,
        statement=f"{statement}, at every rank and number of measurements",
        quantity=quantity,
        estimate=every(holds.reshape(len(holds), -1)),
        rule=above(0.5),
        note=f"{'; '.join(cells)}. Dimensions, r and n are ours: the paper does not state its own.",
    )


def _over_cells(cube: xr.Dataset, value) -> np.ndarray:
    """value(rank, n) (seed,) of each cell: (seed, rank, n_train)."""
    found = [[value(rank, n) for n in cube["n_train"].values] for rank in cube["rank"].values]
    return np.moveaxis(np.array(found, dtype=float), 2, 0)


def _late(cube: xr.Dataset, name: str, optimizer: str) -> np.ndarray:
    """Mean over the last fifth (seed, rank, n_train)."""
    return _over_cells(
        cube, lambda rank, n: late_values(cube, name, optimizer=optimizer, rank=rank, n_train=n)
    )


def _gap(cube: xr.Dataset, name: str) -> np.ndarray:
    return _late(cube, name, "adam") - _late(cube, name, "sgd")


def _courses(cube: xr.Dataset, name: str, optimizer: str, rank: int, n: int) -> np.ndarray:
    """(seed, snapshot)."""
    return history(runs(cube, "seed", optimizer=optimizer, rank=rank, n_train=n), name).values


def _rise(cube: xr.Dataset) -> np.ndarray:
    """The largest ratio of Adam's tr(H) to an earlier value of it, after a tenth of the run."""

    def rise(rank: int, n: int) -> np.ndarray:
        course = _courses(cube, "trace_h", "adam", rank, n)
        course = course[:, course.shape[1] // 10 :]
        return (course / np.minimum.accumulate(course, axis=1)).max(axis=1, initial=-np.inf)

    return _over_cells(cube, rise)


def _change(cube: xr.Dataset) -> np.ndarray:
    """Relative change of the test error between the last two quarters, larger of both optimizers."""

    def change(optimizer: str, rank: int, n: int) -> np.ndarray:
        course = _courses(cube, "test_loss", optimizer, rank, n)
        quarter = course.shape[1] // 4
        before, after = course[:, -2 * quarter : -quarter].mean(axis=1), course[:, -quarter:].mean(axis=1)
        return np.abs(after / before - 1.0)

    return _over_cells(
        cube, lambda rank, n: np.maximum(*(change(optimizer, rank, n) for optimizer in ("adam", "sgd")))
    )
