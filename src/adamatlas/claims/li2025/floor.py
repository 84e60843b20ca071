"""The loss that label noise leaves near the manifold: lr alpha/4 tr(S H), whatever the momentum."""

import numpy as np
import xarray as xr

from adamatlas.claims.estimates import mean, slope
from adamatlas.claims.rules import Claim, above, claim, contains, within
from adamatlas.claims.words import summaries
from adamatlas.readings import names
from adamatlas.readings.li2025 import late_floors, scheme
from adamatlas.selection import constant
from adamatlas.theory.conditions import slow_sde

REQUIRES = ("lr", "optimizer", "seed")
QUANTITIES = ("excess_loss", "loss_floor")
SHARP = "Theorem 4.2, made sharp"
PAIRS = (("sgdm", "sgd"), ("adam", "rmsprop"))
"""The same optimizer with momentum and without."""


def judge(cube: xr.Dataset) -> list[Claim]:
    """Its size and its order over optimizers and learning rates, and that momentum has no part in it."""
    loss, floor = late_floors(cube)
    optimizers, rates = cube["optimizer"].values.tolist(), cube["lr"].values
    ratio = loss / floor
    by_optimizer = np.moveaxis(ratio, 1, 0).reshape(len(optimizers), -1)
    orders = np.array([[slope(rates, row) for row in seed] for seed in loss])
    cells = zip(floor.reshape(len(floor), -1), loss.reshape(len(loss), -1), strict=True)
    known = ", ".join(map(names.name, names.ordered(optimizers, "sgd", "sgdm", "adam")))
    adaptive = [who for who in optimizers if who not in ("sgd", "sgdm")]
    schemes = {names.name(who): scheme(cube, who) for who in adaptive}
    return [
        claim(
            cube,
            "order",
            kind="theory",
            source="Theorems 4.2 and C.1",
            statement="Near the manifold E L - L* = O(lr), up to a logarithm",
            quantity="exponent of the loss over lr at equal lr^2 steps, mean over optimizers",
            estimate=mean(orders),
            rule=above(0.9),
            conditions=slow_sde({"beta1": constant(cube, "beta1", 0.9), "c": schemes}),
            note=f"{known}. Means: {summaries(map(names.name, optimizers), orders.T, of=np.mean)}.",
        ),
        claim(
            cube,
            "level",
            kind="extension",
            source=SHARP,
            statement=f"E L - L* = lr alpha/4 tr(S H) for {known}",
            quantity="loss over lr alpha/4 tr(S H), mean over optimizers and learning rates",
            estimate=mean(ratio.reshape(len(ratio), -1)),
            rule=within(0.9, 1.1),
            note=f"Means: {summaries(map(names.name, optimizers), by_optimizer, of=np.mean)}; "
            f"at lr {summaries(rates, ratio.reshape(-1, len(rates)).T, of=np.mean)}.",
        ),
        claim(
            cube,
            "scaling",
            kind="extension",
            source=SHARP,
            statement="Over all of these and their learning rates the loss is proportional to lr tr(S H)",
            quantity="exponent of the loss over lr alpha/4 tr(S H), fitted over the cells for each seed",
            estimate=mean([slope(*cell) for cell in cells]),
            rule=contains(1.0, 0.1),
        ),
        claim(
            cube,
            "momentum",
            kind="extension",
            source="Section 4.2, of the loss",
            statement="Momentum does not change the loss: beta1 = 0.9 leaves what beta1 = 0 leaves",
            quantity="log of loss / (lr alpha/4 tr(S H)), SGD with momentum minus SGD and Adam minus RMSProp",
            estimate=mean(_momentum(ratio, optimizers)),
            rule=contains(0.0, 0.1),
        ),
    ]


def _momentum(ratio: np.ndarray, optimizers: list[str]) -> np.ndarray:
    """(seed,): mean over pairs of the log of the mean ratio over learning rates."""
    if not {who for pair in PAIRS for who in pair} <= set(optimizers):
        return np.full(1, np.nan)
    logs = np.log(ratio.mean(axis=2))
    gaps = [logs[:, optimizers.index(one)] - logs[:, optimizers.index(other)] for one, other in PAIRS]
    return np.mean(gaps, axis=0)
