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
    where = "W*, the iterate with the least gradient norm"
    return [
        judged(
            "adam_wstar",
            statement=f"Adam has test error at least 1/2 - o(1) at {where}",
            quantity=f"share of seeds with test_error > {tables.CHANCE:g} at W*",
            estimate=share(exceeds(adam["error"], tables.CHANCE)),
            rule=above(0.5),
            note=_where(adam),
        ),
        judged(
            "gd_wstar",
            statement=f"Gradient descent has test error o(1) at {where}",
            quantity="test_error at W*",
            estimate=mean(gd["error"]),
            rule=below(tables.SMALL),
            note=_where(gd),
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
    """`step` and `test_error` (seed,) at the snapshot with the least gradient norm, `late_step` and
    `late_error` at that among those with training error 0, and `bound`: T eta times the least norm, squared
    for gradient_l2. NaN for runs that diverged, and late without training error 0.
    """
    part = runs(cube, optimizer=optimizer)
    gradient, test, train = (
        history(part, name).transpose("seed", "snapshot").values
        for name in (norm, "test_error", "train_error")
    )
    step = history(part, norm)["step"].values.astype(float)
    known = np.isfinite(gradient).all(axis=1, keepdims=True)
    norms = {"": np.where(known, gradient, np.nan), "late_": np.where(known & (train == 0), gradient, np.nan)}
    found = {}
    for when, values in norms.items():
        at = np.where(np.isfinite(values), values, np.inf).argmin(axis=1)
        least = values[np.arange(len(at)), at]
        found[f"{when}step"] = np.where(np.isfinite(least), step[at], np.nan)
        found[f"{when}error"] = np.where(np.isfinite(least), test[np.arange(len(at)), at], np.nan)
    least = np.nanmin(norms[""], axis=1, initial=np.inf, where=np.isfinite(norms[""]))
    time = step.max(initial=0) * float(part["lr"])
    return found | {
        "bound": np.where(known[:, 0], time * least ** (2 if norm == "gradient_l2" else 1), np.nan)
    }


def _where(found: dict[str, np.ndarray]) -> str:
    return (
        f"Test error {span(found['error'])} at step {span(found['step'], '.0f')}; among the iterates with "
        f"training error 0 {span(found['late_error'])} at step {span(found['late_step'], '.0f')}."
    )
