"""Table 1 and Theorem 4.1: Adam and gradient descent at the end, and where the gradient is least."""

from functools import partial

import numpy as np
import xarray as xr

from adamatlas.claims import tables
from adamatlas.claims.estimates import mean, share
from adamatlas.claims.rules import Claim, above, below, claim
from adamatlas.claims.words import span
from adamatlas.claims.zou2023.regime import nonconvex
from adamatlas.selection import exceeds, history, runs

REQUIRES = ("optimizer", "seed", "snapshot")
QUANTITIES = ("gradient_l1", "gradient_l2", "test_error", "train_error")


def judge(cube: xr.Dataset) -> list[Claim]:
    """Training and test errors from one initialization; the same at W*, the iterate of least gradient."""
    source = "Table 1"
    return [
        *tables.fails(cube, "adam", "Full-batch Adam", source, 0.884, optimizer="adam"),
        *tables.generalizes(cube, "gd", "Gradient descent", source, optimizer="gd"),
        *_least_gradient(cube),
    ]


def _least_gradient(cube: xr.Dataset) -> list[Claim]:
    judged = partial(
        claim, cube, kind="theory", source="Theorem 4.1", conditions=nonconvex(cube, optimizer="adam")
    )
    adam = at_least_gradient(cube, "gradient_l1", "adam")
    gd = at_least_gradient(cube, "gradient_l2", "gd")
    where = "W*, the snapshot with the least gradient norm"
    return [
        judged(
            "adam_wstar",
            statement=f"Adam has test error at least 1/2 - o(1) at {where}",
            quantity=f"share of seeds with test_error > {tables.CHANCE:g} at W*",
            estimate=share(exceeds(adam["test_error"], tables.CHANCE)),
            rule=above(0.5),
            note=f"Test error {span(adam['test_error'])} at step {span(adam['step'], '.0f')}.",
        ),
        judged(
            "gd_wstar",
            statement=f"Gradient descent has test error o(1) at {where}",
            quantity="test_error at W*",
            estimate=mean(gd["test_error"]),
            rule=below(tables.SMALL),
            note=f"At step {span(gd['step'], '.0f')}.",
        ),
        judged(
            "adam_gradient",
            statement="Adam finds norm_1(grad L(W*)) <= 1 / (T eta)",
            quantity="T eta norm_1(grad L(W*))",
            estimate=mean(adam["bound"]),
            rule=below(1.0),
            note=f"{span(adam['bound'])} over seeds.",
        ),
        judged(
            "gd_gradient",
            statement="Gradient descent finds norm_F(grad L(W*))^2 <= 1 / (T eta)",
            quantity="T eta norm_F(grad L(W*))^2",
            estimate=mean(gd["bound"]),
            rule=below(1.0),
            note=f"{span(gd['bound'])} over seeds.",
        ),
    ]


def at_least_gradient(cube: xr.Dataset, norm: str, optimizer: str) -> dict[str, np.ndarray]:
    """`step` and `test_error` (seed,) where a gradient norm is least, and `bound`: T eta times the norm,
    squared for gradient_l2. NaN for runs that diverged.
    """
    part = runs(cube, optimizer=optimizer)
    gradient = history(part, norm).transpose("seed", "snapshot")
    error = history(part, "test_error").transpose("seed", "snapshot").values
    known = np.isfinite(gradient.values).all(axis=1)
    at = np.where(np.isfinite(gradient.values), gradient.values, np.inf).argmin(axis=1)
    least = gradient.values[np.arange(len(at)), at]
    step = gradient["step"].values
    time = step.max(initial=0) * float(part["lr"])
    found = {
        "step": step[at].astype(float),
        "test_error": error[np.arange(len(at)), at],
        "bound": time * least ** (2 if norm == "gradient_l2" else 1),
    }
    return {name: np.where(known, values, np.nan) for name, values in found.items()}
