"""The slow SDE beside the projected weights of runs on the noisy ellipse."""

from itertools import groupby

import numpy as np
import xarray as xr

from adamatlas.lanes import Lane
from adamatlas.measures.shared.lanes import require, trained_lanes, weights
from adamatlas.measures.shared.near_manifold import require_second_moment
from adamatlas.measures.shared.quantities import dataset, empty
from adamatlas.randomness import PURPOSES, normals
from adamatlas.theory.ellipse import Ellipse
from adamatlas.theory.manifolds import noise_ratio
from adamatlas.theory.slow_ode import Preconditioner
from adamatlas.theory.slow_sde import SlowSDE, projected_angle

PROBLEMS = ("noisy_ellipse",)
SECONDS = (0.7, 0.00005)
NEEDS = {"weights": (True,), "regularizer": ("none",), "sign": (False,), "v_block": ("coordinate",)}
QUANTITIES = {
    "slow_time": (("snapshot",), "T = lr^2 steps", "1"),
    "projected_angle": (("snapshot",), "angle of Phi_S(w), on the turn nearest to the SDE's mean", "1"),
    "sde_mean": (("snapshot",), "mean angle of the SDE's paths from the run's first projection", "1"),
    "sde_variance": (
        ("snapshot",),
        "mean squared deviation of the angle of these paths from their mean",
        "1",
    ),
}
PATHS = 8
"""Of the SDE for each run."""
STEPS = 50
"""Of Euler and Maruyama's method between two snapshots."""


def measure(trace: xr.Dataset, data: xr.Dataset, spec: dict) -> xr.Dataset:
    """Angle of the projected weights and of li2025's slow SDE, Def. 4.3 (theory.slow_sde), from there on.

    Each run has its own paths, which start at the angle and the second moment of its first snapshot after the
    start. NaN before it and where a run diverged. Raises UserError as `slow_ode` does.
    """
    require(trace, NEEDS, "measure slow_sde: the slow SDE of li2025 on the ellipse")
    out, alive = empty(__name__, trace), np.isfinite(weights(trace)).all(axis=(1, 2, 3))
    for _, lanes in groupby(trained_lanes(trace), lambda lane: (lane.settings, lane.optimizer)):
        lanes = list(lanes)
        require_second_moment(trace, lanes[0])
        times = trace["step"].values * lanes[0].optimizer["lr"] ** 2
        out["slow_time"][[lane.number for lane in lanes]] = times
        lanes = [lane for lane in lanes if alive[lane.number]]
        if lanes:
            _compare(trace, lanes, times[1:], out)
    return dataset(__name__, trace, out)


def _compare(trace: xr.Dataset, lanes: list[Lane], times: np.ndarray, out: dict[str, np.ndarray]) -> None:
    """Write what `out` holds of lanes that differ in the seed alone, at the `times` after the start."""
    numbers, one = [lane.number for lane in lanes], lanes[0]
    theta = weights(trace)[numbers, 1:, 0].astype(np.float64)
    rule = one.optimizer
    adaptive = rule["v_exponent"] > 0.0
    v = trace["v"].values[numbers, 1:, 0].astype(np.float64) if adaptive else np.ones_like(theta)
    sde = SlowSDE(
        Ellipse(one.settings["a"], one.settings["b"]),
        noise_ratio(one.settings["label_noise_scale"], 1),
        (one.settings["gradient_noise_x"], one.settings["gradient_noise_y"]),
        Preconditioner(rule["v_exponent"], rule["eps"], rule["v_floor"]),
        (1.0 - rule["beta2"]) / rule["lr"] ** 2 if adaptive else 0.0,
    )
    s = sde.preconditioner(v)
    angles = projected_angle(sde.on, theta.reshape(-1, 2), s.reshape(-1, 2)).reshape(len(lanes), -1)
    start = np.repeat(angles[:, :1], PATHS, axis=1)
    moments = np.repeat(v[:, 0].T[:, :, None], PATHS, axis=2)
    seeds = [lane.seed for lane in lanes]
    paths = sde.solve(start, moments, times, STEPS, lambda number: _normals(seeds, number))
    for k, found in enumerate(paths):
        middle = found.mean(axis=1)
        turns = np.round((middle - angles[:, k]) / (2.0 * np.pi))
        out["projected_angle"][numbers, k + 1] = angles[:, k] + 2.0 * np.pi * turns
        out["sde_mean"][numbers, k + 1] = middle
        out["sde_variance"][numbers, k + 1] = found.var(axis=1)


def _normals(seeds: list[int], number: int) -> np.ndarray:
    """(STEPS, seed, PATHS) of one interval; those of a seed depend on nothing else."""
    found = np.empty((len(seeds), STEPS * PATHS))
    for row, seed in zip(found, seeds, strict=True):
        normals(seed, PURPOSES["slow_sde"], number, row)
    return found.reshape(len(seeds), STEPS, PATHS).transpose(1, 0, 2)
