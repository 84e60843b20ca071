"""Runs with label noise: the ODE's error, both time scales on the ellipse, and late losses over n."""

import itertools
from dataclasses import dataclass

import numpy as np
import xarray as xr

from adamatlas.readings import axes
from adamatlas.selection import constant, history, runs
from adamatlas.theory.ellipse import Ellipse

LEFT = 0.1
"""The time of a way ends when this share of it is left."""
RECOVERED = 1.0
"""The test loss below which li2025 calls the ground truth recovered."""


def ellipse(cube: xr.Dataset) -> Ellipse:
    """The ellipse of the study."""
    return Ellipse(float(constant(cube, "a", Ellipse().a)), float(constant(cube, "b", Ellipse().b)))


def gaps(cube: xr.Dataset, optimizer: str, factor: str) -> tuple[np.ndarray, np.ndarray]:
    """Learning rates (k,), ascending, and gaps (seed, k): distance from the ODE over how far a path gets."""
    part = runs(cube, "seed", "lr", optimizer=optimizer, factor=factor)["ode_gap"].sortby("lr")
    part = part.reindex(seed=cube["seed"])
    known = np.isfinite(part.values).any(axis=0)
    return part["lr"].values[known], part.values[:, known]


def from_the_sde(cube: xr.Dataset, optimizer: str, lr: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """T (k,), mean and variance (2, k) of the slow SDE's angle, and how far runs are from them.

    That is (seed, k, 2), beside the SDE's paths from the run's own first projection: the angle less theirs,
    in standard deviations; and the squared deviation from the mean less theirs, over the variance.
    """
    part = runs(cube, "seed", "snapshot", optimizer=optimizer, lr=lr).isel(snapshot=slice(1, None))
    part = part.reindex(seed=cube["seed"])
    angle, middle = part["projected_angle"].values, part["sde_mean"].values
    mean = over_seeds(middle)
    square = part["sde_variance"].values + (middle - mean) ** 2
    variance = over_seeds(square)
    errors = [(angle - middle) / np.sqrt(variance), ((angle - mean) ** 2 - square) / variance]
    return over_seeds(part["slow_time"].values), np.array([mean, variance]), np.stack(errors, axis=-1)


def over_seeds(values: np.ndarray) -> np.ndarray:
    """The mean of values (seed, ...) over the seeds that are known; NaN where none is."""
    known = values[np.isfinite(values).reshape(len(values), -1).all(axis=1)]
    return known.mean(axis=0) if len(known) else np.full(values.shape[1:], np.nan)


def late_losses(cube: xr.Dataset, **point: object) -> np.ndarray:
    """The late test loss (seed, n_train); NaN for runs that diverged and where there is none."""
    return runs(cube, "seed", "n_train", **point)["late_loss"].reindex(seed=cube["seed"]).values


def first_recovered(loss: np.ndarray) -> int:
    """The place of the smallest n where the median loss is below RECOVERED; the last one where none is."""
    known = np.isfinite(loss).any(axis=0)
    middle = np.full(loss.shape[1], np.inf)
    if known.any():
        middle[known] = np.nanmedian(loss[:, known], axis=0)
    return int(np.argmax(middle < RECOVERED)) if (middle < RECOVERED).any() else loss.shape[1] - 1


@dataclass(frozen=True)
class Trial:
    """One configuration of an optimizer: its runs over seed and n_train."""

    name: str
    budget: tuple[float, int, float]
    """lr, steps, beta2."""
    part: xr.Dataset

    @property
    def late(self) -> np.ndarray:
        """The late test loss (seed, n_train)."""
        return self.part["late_loss"].values

    @property
    def half(self) -> np.ndarray:
        """The median test loss (seed, n_train) before half of the steps."""
        step = self.part["step"].max([dim for dim in self.part["step"].dims if dim != "snapshot"]).values
        middle = (step >= 0.375 * step.max()) & (step <= step.max() / 2)
        return np.median(self.part["test_loss"].values[..., middle], axis=2)


def trials(cube: xr.Dataset, optimizer: str) -> list[Trial]:
    """All configurations of an optimizer in a study over n, in the order of lr, steps and beta2."""
    values = [np.atleast_1d(cube[name].values).tolist() for name in ("lr", "steps", "beta2")]
    found = []
    for lr, steps, beta2 in itertools.product(*values):
        part = runs(cube, "seed", "n_train", optimizer=optimizer, lr=lr, steps=steps, beta2=beta2)
        name = f"lr {lr:g}, {steps:,} steps" + (f", beta2 {beta2:g}" if beta2 else "")
        found += [Trial(name, (lr, steps, beta2), part)] if part.sizes["seed"] else []
    return found


def least_recovered(sizes: np.ndarray, loss: np.ndarray) -> np.ndarray:
    """The smallest n (seed,) from which on the truth is recovered, inf where it is not.

    Of losses (seed, n_train). An n whose loss is NaN is passed over; NaN where no loss is known.
    """
    fails = loss >= RECOVERED
    after = np.flip(np.logical_or.accumulate(np.flip(fails, axis=1), axis=1), axis=1)
    least = np.where(after | ~np.isfinite(loss), np.inf, sizes).min(axis=1, initial=np.inf)
    return np.where(np.isfinite(loss).any(axis=1), least, np.nan)


def steepest(sizes: np.ndarray, loss: np.ndarray) -> np.ndarray:
    """The largest -d log(loss) / d log(n) between neighbouring n (seed,), of loss (seed, n_train).

    NaN with fewer than two n.
    """
    slopes = -np.diff(np.log(loss), axis=1) / np.diff(np.log(sizes))
    return slopes.max(axis=1) if slopes.shape[1] else np.full(len(loss), np.nan)


def learning_rates(cube: xr.Dataset, optimizer: str) -> np.ndarray:
    """The learning rates (lr,) that an optimizer ran at, ascending."""
    return axes.values(cube, "lr", optimizer)


def scheme(cube: xr.Dataset, optimizer: str) -> np.ndarray:
    """c = (1 - beta2) / lr^2 at the learning rates (lr,) of an optimizer; none where beta2 is not said."""
    rates = learning_rates(cube, optimizer)
    along = "beta2" in cube.coords and cube["beta2"].dims == ("lr",)
    beta2 = cube["beta2"].sel(lr=rates).values if along else constant(cube, "beta2", np.nan)
    c = (1.0 - np.broadcast_to(beta2, rates.shape)) / rates**2
    return c[np.isfinite(c)]


def paths(cube: xr.Dataset, optimizer: str, lr: float, scale: float | None = None) -> xr.Dataset:
    """`angle` and `excess`, q - 1, of each seed over the steps, at one scale of the label noise.

    The largest one of the study by default.
    """
    scale = cube["label_noise_scale"].values.max() if scale is None else scale
    part = runs(cube, optimizer=optimizer, lr=lr, label_noise_scale=scale)
    return xr.Dataset({name: history(part, name) for name in ("angle", "excess")})


def times(cube: xr.Dataset, optimizer: str, scale: float | None = None) -> np.ndarray:
    """The steps (2, lr, seed) until a tenth is left: of q - 1 at the start; of the angle from there on.

    Linear between snapshots; NaN where a run does not get there. `scale` of the label noise as in `paths`.
    """
    found = [
        [scales(*run)[:2] for run in each_run(paths(cube, optimizer, lr, scale))]
        for lr in learning_rates(cube, optimizer)
    ]
    return np.moveaxis(np.array(found).reshape(len(found), -1, 2), 2, 0) if found else np.empty((2, 0, 1))


def late_floors(cube: xr.Dataset) -> tuple[np.ndarray, np.ndarray]:
    """The loss and lr alpha/4 tr(S H) (seed, optimizer, lr), means over the last three quarters of a run."""
    part = runs(cube, "seed", "optimizer", "lr", "snapshot")
    late = part.isel(snapshot=slice(part.sizes["snapshot"] // 4, None))
    loss, floor = (late[name].mean("snapshot", skipna=False).values for name in ("excess_loss", "loss_floor"))
    return loss, floor


def each_run(part: xr.Dataset) -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """(step, angle, excess), each (snapshot,), of every seed of `paths`."""
    step = part["step"].values
    return [(step, *run) for run in zip(part["angle"].values, part["excess"].values, strict=True)]


def scales(step: np.ndarray, angle: np.ndarray, excess: np.ndarray) -> tuple[float, float, float]:
    """One run's steps to the ellipse, those of the drift along it, and the angle of the drift."""
    arrival = _first(step, excess / excess[0])
    there = float(np.interp(arrival, step, angle)) if np.isfinite(arrival) else np.nan
    way = there - angle[-1]
    left = np.where(step > arrival, (angle - angle[-1]) / (way or np.nan), 1.0)
    return arrival, _first(step, left) - arrival, way


def _first(step: np.ndarray, left: np.ndarray) -> float:
    """The step at which what is left first falls to a tenth."""
    below = np.flatnonzero(left <= LEFT)
    if not below.size:
        return np.nan
    k = below[0]
    before = max(k - 1, 0)
    return float(np.interp(-LEFT, [-left[before], -left[k]], [step[before], step[k]]))
