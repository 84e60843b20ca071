"""Figure 3: one trajectory's two time scales, the way to the manifold and the drift along it."""

from __future__ import annotations

import numpy as np
import xarray as xr

from adamatlas.claims.rules import Claim, above, below, claim, mean, slope, within
from adamatlas.selection import pick

REQUIRES = ("label_noise_scale", "lr", "optimizer", "seed")
QUANTITIES = ("angle", "excess")
SOURCE = "Figure 3"
LEFT = 0.1
"""A way is done at the first moment where this share of it is left."""
STAYS = 0.05
NAMES = {"sgd": "SGD", "adam": "Adam"}


def judge(cube: xr.Dataset) -> list[Claim]:
    """The ratio of the two times, their orders in lr, and the run without label noise."""
    return [
        *(_apart(cube, name) for name in NAMES),
        _order(cube, "arrival", "way to the ellipse", 0, 1),
        _order(cube, "drift", "drift along the ellipse", 1, 2),
        _stays(cube),
    ]


def rates(cube: xr.Dataset, optimizer: str) -> np.ndarray:
    """The learning rates (lr,) that an optimizer ran at."""
    if optimizer not in cube["optimizer"].values:
        return np.array([])
    ran = cube["status"].sel(optimizer=optimizer) > 0
    return cube["lr"].values[ran.any([dim for dim in ran.dims if dim != "lr"]).values]


def times(cube: xr.Dataset, optimizer: str) -> np.ndarray:
    """The steps (2, lr, seed) until a tenth is left: of q - 1 at the start; of the angle from there on.

    Linear between snapshots; NaN where a run does not get there.
    """
    found = []
    for lr in rates(cube, optimizer):
        step, angle, excess = courses(cube, optimizer, lr, noisy=True)
        found.append([_run(step, *run)[:2] for run in zip(angle, excess, strict=True)])
    return np.moveaxis(np.array(found), 2, 0) if found else np.full((2, 1, 1), np.nan)


def courses(
    cube: xr.Dataset, optimizer: str, lr: float, noisy: bool
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Steps (snapshot,), angles and q - 1 (seed, snapshot), with label noise or without."""
    delta = cube["label_noise_scale"].values.max() if noisy else 0.0
    part = pick(cube, optimizer=optimizer, lr=lr, label_noise_scale=delta)
    kept = part["step"].values >= 0
    angle, excess = (part[name].transpose("seed", "snapshot").values[:, kept] for name in ("angle", "excess"))
    return part["step"].values[kept], angle, excess


def _run(step: np.ndarray, angle: np.ndarray, excess: np.ndarray) -> tuple[float, float, float]:
    """One run's arrival, the end of its drift, and the angle in between."""
    arrival = _first(step, excess / excess[0])
    there = float(np.interp(arrival, step, angle)) if np.isfinite(arrival) else np.nan
    way = there - angle[-1]
    done = np.where(step > arrival, (angle - angle[-1]) / (way or np.nan), 1.0)
    return arrival, _first(step, done) - arrival, way


def _first(step: np.ndarray, left: np.ndarray) -> float:
    """The step at which what is left first falls to a tenth."""
    below = np.flatnonzero(left <= LEFT)
    if not below.size:
        return np.nan
    k = below[0]
    before = max(k - 1, 0)
    return float(np.interp(-LEFT, [-left[before], -left[k]], [step[before], step[k]]))


def _apart(cube: xr.Dataset, optimizer: str) -> Claim:
    arrival, drift = times(cube, optimizer)
    lr = rates(cube, optimizer)
    known = np.isfinite(drift / arrival).any()
    note = f"Medians of steps: way {_by_lr(lr, arrival)}; drift {_by_lr(lr, drift)}." if known else ""
    return claim(
        cube,
        f"{optimizer}_apart",
        source=SOURCE,
        statement=f"{NAMES[optimizer]}'s drift along the ellipse takes over 1/lr times as long as its way "
        "to it",
        quantity=f"lr (steps of the drift) / (steps of the way), {NAMES[optimizer]}",
        estimate=mean(drift / arrival * (lr[:, None] if lr.size else 1.0), of="runs"),
        rule=above(1.0),
        note=note,
    )


def _by_lr(lr: np.ndarray, steps: np.ndarray) -> str:
    return ", ".join(
        f"lr {rate:g}: {np.nanmedian(row):.3g}"
        for rate, row in zip(lr, steps, strict=True)
        if np.isfinite(row).any()
    )


def _order(cube: xr.Dataset, name: str, what: str, number: int, power: int) -> Claim:
    lr, steps = rates(cube, "sgd"), times(cube, "sgd")[number]
    fits = [slope(lr, row) for row in steps.T] if lr.size else [np.nan]
    return claim(
        cube,
        f"sgd_{name}",
        source=SOURCE,
        statement=f"The steps of SGD's {what} grow as 1/lr{'^2' if power == 2 else ''}",
        quantity="exponent of the steps over lr, fitted for each seed",
        estimate=mean(np.array(fits)),
        rule=within(-power - 0.2, -power + 0.2),
        paper_value=-power,
    )


def _stays(cube: xr.Dataset) -> Claim:
    shares = []
    for lr in rates(cube, "sgd"):
        ways = []
        for noisy in (False, True):
            step, angle, excess = courses(cube, "sgd", lr, noisy)
            ways.append([_run(step, *run)[2] for run in zip(angle, excess, strict=True)])
        still, drifts = (np.abs(np.array(way, dtype=float)) for way in ways)
        if still.size == drifts.size:
            shares += (still / np.where(drifts > 0, drifts, np.nan)).tolist()
    return claim(
        cube,
        "sgd_stays",
        source=SOURCE,
        statement="Without label noise SGD stays where it comes to the ellipse",
        quantity="angle from there to the end, without label noise over with it, SGD",
        estimate=mean(np.array(shares), of="runs"),
        rule=below(STAYS),
    )
