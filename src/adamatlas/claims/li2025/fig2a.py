"""Figure 2a: test loss over the number of training examples, SGD and Adam, at more than one budget."""

import numpy as np
import xarray as xr

from adamatlas.claims.rules import Claim, above, claim, share
from adamatlas.readings.li2025 import RECOVERED, first_recovered, late_losses
from adamatlas.selection import exceeds, runs

REQUIRES = ("lr", "n_train", "optimizer", "seed", "steps")
QUANTITIES = ("burst_share", "late_loss")
SOURCE = "Figure 2a"
PLUNGE = 10.0


def judge(cube: xr.Dataset) -> list[Claim]:
    """Adam's plunge, SGD's gradual fall at the same budget, and what larger budgets do to the gap."""
    steps, rates = (sorted(cube[name].values.tolist()) for name in ("steps", "lr"))
    adam, sgd = (late_losses(cube, optimizer=name, lr=rates[0], steps=steps[0]) for name in ("adam", "sgd"))
    place = first_recovered(adam)
    at = f"Judged at n = {cube['n_train'].values[place]}."
    longer, faster = (
        late_losses(cube, optimizer="sgd", lr=lr, steps=most)[:, place]
        for lr, most in ((rates[0], _larger(steps)), (_larger(rates), steps[0]))
    )
    return [
        _shape(cube, "adam_plunges", "Adam", adam, plunges=True),
        _shape(cube, "sgd_gradual", "SGD", sgd, plunges=False),
        claim(
            cube,
            "adam_ahead",
            source=SOURCE,
            statement="Where Adam first recovers the ground truth, SGD of the same rate and steps has not",
            quantity=f"share of seeds with test loss of SGD > {RECOVERED:g} at Adam's first recovered n",
            estimate=share(exceeds(sgd[:, place], RECOVERED)),
            rule=above(0.5),
            note=f"{at} {_bursts(cube)} It holds for this budget: see longer_sgd and faster_sgd.",
        ),
        _closes(cube, "longer_sgd", "SGD with the largest number of steps", longer, at),
        _closes(cube, "faster_sgd", "SGD with the largest learning rate", faster, at),
    ]


def _larger(values: list) -> float:
    """The largest value; one that no run has where there is only one."""
    return values[-1] if len(values) > 1 else -1


def _shape(cube: xr.Dataset, name: str, optimizer: str, loss: np.ndarray, *, plunges: bool) -> Claim:
    falls = loss[:, :-1] / loss[:, 1:]
    deepest = falls.max(axis=1) if falls.shape[1] else np.full(len(loss), np.nan)
    happened = exceeds(deepest, PLUNGE)
    text = "plunges: between two neighbouring n it falls more than tenfold"
    gradual = "decreases gradually: no more than tenfold between two neighbouring n"
    return claim(
        cube,
        name,
        source=SOURCE,
        statement=f"{optimizer}'s test loss {text if plunges else gradual}",
        quantity=f"share of seeds with {'a' if plunges else 'no'} fall by more than {PLUNGE:g} times",
        estimate=share(happened if plunges else 1 - happened),
        rule=above(0.5),
        note="Both optimizers at the smallest learning rate and number of steps.",
    )


def _closes(cube: xr.Dataset, name: str, text: str, loss: np.ndarray, note: str) -> Claim:
    return claim(
        cube,
        name,
        source="Beyond the paper: the budget",
        statement=f"The gap is one of budget: {text} has recovered there, too",
        quantity=f"share of seeds with test loss of that SGD < {RECOVERED:g} at Adam's first recovered n",
        estimate=share(1 - exceeds(loss, RECOVERED)),
        rule=above(0.5),
        note=note,
    )


def _bursts(cube: xr.Dataset) -> str:
    """How many runs of Adam spent a part of their last quarter in a burst."""
    shares = runs(cube, "lr", "n_train", "steps", optimizer="adam")["burst_share"].values
    return f"Runs of Adam with a burst in their last quarter: {int((shares > 0).sum())}."
