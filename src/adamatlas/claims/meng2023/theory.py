"""Theorems 3.2 and 3.3 and Propositions 5.4 to 5.7 where Condition 3.1 holds: PEGR until T1, and without.

T1 as printed, and twice as long, as the proof of Proposition D.4 has it once each class has n/2 examples.
"""

from collections.abc import Callable
from functools import partial

import numpy as np
import xarray as xr

from adamatlas.claims.estimates import mean, share
from adamatlas.claims.rules import Claim, above, below, claim
from adamatlas.claims.words import diverged, span
from adamatlas.readings.meng2023 import PEGR, common, numbers, until_switched_off
from adamatlas.selection import at_end, holds, runs
from adamatlas.theory import signal_noise as theory
from adamatlas.theory.conditions import signal_noise, suppression

REQUIRES = ("reg_lambda", "reg_off_epoch", "regularizer", "seed", "snapshot")
QUANTITIES = (
    "gamma_reached",
    "gamma_max",
    "gamma_min",
    "rho_max",
    "rho_min",
    "rho_own_min",
    "slope_deviation",
    "gradient_norm",
    "train_loss",
    "test_error",
)
EPS = 0.05
SMALL_ERROR = 0.01
LARGE_ERROR = 1 / 2.01
MOST = 0.5
"""A statement that holds with high probability must hold in most seeds."""
ROUNDING = 1e-9
"""Share of a bound below which a coefficient read off from the weights counts as 0."""


def judge(cube: xr.Dataset) -> list[Claim]:
    """The theorems, then what their proofs say of the coefficients at T1 and over the whole run."""
    at = numbers(cube)
    pegr = {
        name: _until(cube, theory.signal_time(at, name == "corrected")) for name in ("printed", "corrected")
    }
    standard = until_switched_off(cube, regularizer="none", reg_lambda=0.0)
    proved = partial(claim, cube, kind="theory")
    with_penalty = partial(proved, conditions=[*signal_noise(at), *suppression(at)])
    without = partial(proved, conditions=signal_noise(at))
    return [
        *(_generalizes(with_penalty, found, name) for name, found in pegr.items()),
        _fits(with_penalty, "thm32_loss", "Theorem 3.2, Proposition 5.7", pegr.values(), at),
        _fits(without, "thm33_loss", "Theorem 3.3", [standard], at),
        without(
            "thm33_test",
            source="Theorem 3.3",
            statement="Without regularization the test error is at least 1/2.01",
            quantity="test_error at the end",
            estimate=mean(at_end(standard, "test_error").values),
            rule=above(LARGE_ERROR),
            paper_value="at least 1/2.01",
        ),
        *(_learns(with_penalty, found, name, at) for name, found in pegr.items()),
        _stage_one(with_penalty, pegr.values(), at),
        *_coefficients(without, pegr.values(), standard, at),
    ]


def _until(cube: xr.Dataset, time: float) -> xr.Dataset:
    """The runs under PEGR that are switched off at the epoch of the grid next to `time`."""
    off = cube["reg_off_epoch"].values
    largest = float(cube["reg_lambda"].max())
    return runs(
        cube, regularizer=PEGR, reg_lambda=largest, reg_off_epoch=float(off[np.abs(off - time).argmin()])
    )


def _at_switch_off(found: xr.Dataset, *names: str) -> list[np.ndarray]:
    """Quantities (seed,) at the snapshot next to the switch-off."""
    there = np.abs(found["epoch"].values - float(found["reg_off_epoch"])).argmin()
    return [found[name].isel(snapshot=there).values for name in names]


def _generalizes(judged: Callable[..., Claim], found: xr.Dataset, name: str) -> Claim:
    return judged(
        f"thm32_{name}",
        source="Theorem 3.2",
        statement=f"With lambda = 1/(sigma_p sqrt(d)) until T1 ({name}) the test error converges to 0",
        quantity="test_error at the end",
        estimate=mean(at_end(found, "test_error").values),
        rule=below(SMALL_ERROR),
        paper_value=0.0,
        note=diverged(found["status"].values),
    )


def _fits(judged: Callable[..., Claim], name: str, source: str, parts: object, at: dict) -> Claim:
    loss, norm = (
        _cells([at_end(found, quantity).values for found in common(parts)])
        for quantity in ("train_loss", "gradient_norm")
    )
    time = theory.fitting_time(at, EPS)
    within = f" The bound T2 of Proposition 5.7 is {time:.2g} steps." if "5.7" in source else ""
    return judged(
        name,
        source=source,
        statement=f"The training loss and its squared gradient fall below eps, here {EPS:g}",
        quantity="train_loss and gradient_norm at the end < eps",
        estimate=share(holds(loss, (loss < EPS) & (norm < EPS))),
        rule=above(MOST),
        note=f"Loss {span(loss)}, squared gradient {span(norm)}.{within}",
    )


def _learns(judged: Callable[..., Claim], found: xr.Dataset, name: str, at: dict) -> Claim:
    (reached,) = _at_switch_off(found, "gamma_reached")
    bound = theory.signal_reached(at)
    return judged(
        f"prop56_signal_{name}",
        source="Proposition 5.6 (D.4), 3",
        statement=f"At T1 ({name}) the signal is learned: max_r gamma_jr >= 1/(sqrt(2 log(8m/delta)) log n) "
        "for each j",
        quantity=f"gamma_reached at the switch-off >= {bound:.3g}",
        estimate=share(holds(reached, reached >= bound)),
        rule=above(MOST),
        paper_value=bound,
        note=f"gamma_reached {span(reached)}.",
    )


def _stage_one(judged: Callable[..., Claim], parts: object, at: dict) -> Claim:
    lowest, log_n = -4 * theory.largest_noise(at), np.log(at["n_train"])
    cells, noise = [], []
    for found in common(parts):
        most, low, high, slope = _at_switch_off(found, "gamma_max", "rho_min", "rho_max", "slope_deviation")
        inside = (low >= lowest) & (high <= -ROUNDING * lowest)
        cells.append(holds(most, inside & (most <= 5 / log_n) & (slope <= log_n**-2)))
        noise.append(low)
    return judged(
        "prop56_bounds",
        source="Proposition 5.6 (D.4), 1 to 3",
        statement="At T1 no noise is memorized, 0 >= rho >= -8 sqrt(log(8mn/delta)) sigma_0 sigma_p sqrt(d), "
        "gamma <= 5/log n, and l' is near -1/2 (read as |l' + 1/2| <= 1/log(n)^2)",
        quantity=f"rho_min >= {lowest:.3g}, rho_max <= 0, gamma_max and slope_deviation at the switch-off",
        estimate=share(_cells(cells)),
        rule=above(MOST),
        note=f"Smallest rho {span(_cells(noise))}.",
    )


def _coefficients(judged: Callable[..., Claim], pegr: object, standard: xr.Dataset, at: dict) -> list[Claim]:
    """Proposition 5.4 and Lemma 5.5 without regularizer: from T1 on under PEGR, from the start without."""
    inside, positive, ratios = [], [], []
    parts = common([*pegr, standard])
    for number, found in enumerate(parts, 1):
        off = 0.0 if number == len(parts) else float(found["reg_off_epoch"])
        epoch = found["epoch"].values
        there = np.flatnonzero(epoch >= min(off, epoch.max()))
        late = found.isel(snapshot=there if there.size else slice(None))  # nobody ran it: NaN
        lowest, most = theory.coefficient_bounds(at, max(1.0, float(found["step"].max())))
        top = np.maximum(late["gamma_max"], late["rho_max"]).max("snapshot", skipna=False).values
        low = late["rho_min"].min("snapshot", skipna=False).values
        inside.append(holds(top, (top <= most) & (low >= lowest)))
        own = np.minimum(late["gamma_min"], late["rho_own_min"]).min("snapshot", skipna=False).values
        positive.append(holds(own, own >= -ROUNDING * theory.largest_noise(at)))
        ratio = late["gradient_norm"] / (at["sigma_p"] ** 2 * at["d"] * late["train_loss"])
        ratios.append(ratio.max("snapshot", skipna=False).values)
    ratio = _cells(ratios)
    return [
        judged(
            "prop54_bounds",
            source="Proposition 5.4 (C.1)",
            statement="gamma and rho of the own class stay below 4 log(T*), and rho above -beta - 64 n "
            "sqrt(log(4n^2/delta)/d) log(T*), with the run's length for T*",
            quantity="gamma_max, rho_max and rho_min, by run",
            estimate=share(_cells(inside)),
            rule=above(MOST),
        ),
        _positive(judged, "prop54_positive_pegr", "PEGR until T1", _cells(positive[:-1])),
        _positive(judged, "prop54_positive_standard", "standard training", _cells(positive[-1:])),
        judged(
            "lemma55",
            source="Lemma 5.5 (C.3)",
            statement="|grad L|^2 <= 72 sigma_p^2 d L",
            quantity="gradient_norm / (sigma_p^2 d train_loss) <= 72 at every snapshot, by run",
            estimate=share(holds(ratio, ratio <= 72)),
            rule=above(MOST),
            note=f"Largest ratio {span(ratio)}.",
        ),
    ]


def _positive(judged: Callable[..., Claim], name: str, who: str, cells: np.ndarray) -> Claim:
    return judged(
        name,
        source="Proposition 5.4, lower bound (not in C.1)",
        statement=f"Without regularizer, after {who}, gamma and rho of the own class are at least 0",
        quantity="gamma_min and rho_own_min >= 0 at every snapshot, by run",
        estimate=share(cells),
        rule=above(MOST),
    )


def _cells(parts: list[np.ndarray]) -> np.ndarray:
    """(seed, cell) of arrays (seed,)."""
    return np.stack(parts, axis=1)
