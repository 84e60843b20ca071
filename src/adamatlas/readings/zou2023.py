"""Growth under sign descent and full-batch Adam, and the distance between two optimizers' solutions."""

import numpy as np
import xarray as xr

from adamatlas.selection import history, runs

GROWS = 1.2
"""By what factor a feature must exceed its start before it counts as having grown."""
STAGE_ONE = 0.2
"""Stage I is taken to last while the best memorized example is below this (F_j stays below m 0.2^q)."""


def rates(cube: xr.Dataset, optimizer: str) -> xr.Dataset:
    """Per run (s, lr, seed), means over the classes: `noise`, the growth per step of max_i max_r <w, xi_i>
    in stage I over lr; `flipped`, whether both classes grow their feature by a fifth and end below 0; `turn`,
    the step of its maximum, if they do.
    """
    part = runs(cube, "s", "lr", optimizer=optimizer)
    shape = tuple(part.sizes[dim] for dim in ("s", "lr", "seed"))
    out = {name: np.full(shape, np.nan) for name in ("noise", "turn", "flipped")}
    for s, lr in np.ndindex(shape[:2]):
        cell = part.isel(s=s, lr=lr)
        noise, feature = history(cell, "noise_max"), history(cell, "feature")
        for seed in range(shape[2]):
            found = _growth(noise["step"].values, noise.values[seed].T, feature.values[seed].T)
            for name, value in found.items():
                out[name][s, lr, seed] = value / (float(cell["lr"]) if name == "noise" else 1.0)
    coords = {dim: part[dim] for dim in ("s", "lr", "seed")} | {"sigma_p": part["sigma_p"]}
    return xr.Dataset({name: (("s", "lr", "seed"), values) for name, values in out.items()}, coords=coords)


def _growth(step: np.ndarray, noise: np.ndarray, feature: np.ndarray) -> dict[str, float]:
    """What `rates` says of one run, not yet over lr; noise and feature (snapshot, label)."""
    if len(step) < 3 or not np.isfinite([noise, feature]).all():
        return {}
    grown = (noise > STAGE_ONE).any(axis=1)
    first = max(int(np.argmax(grown)), 2) if grown.any() else len(step) - 1
    flipped = ((feature.max(axis=0) > GROWS * feature[0]) & (feature[-1] < 0)).all()
    return {
        "noise": ((noise[first] - noise[0]) / (step[first] - step[0])).mean(),
        "flipped": flipped,
        "turn": step[np.argmax(feature, axis=0)].mean() if flipped else np.nan,
    }


def strength(found: xr.Dataset) -> np.ndarray:
    """s sigma_p at each s."""
    return (found["s"] * found["sigma_p"]).values


def between(cube: xr.Dataset) -> xr.DataArray:
    """|w_adam - w_gd| / |w*| over (weight_decay, seed): the largest over both optimizers' learning rates."""
    norm = cube["solution_norm"]
    norm = norm.max([dim for dim in norm.dims if dim not in ("weight_decay", "seed")])
    return _apart(*_solutions(cube)).max(["lr_adam", "lr_gd"]) / norm


def between_directions(cube: xr.Dataset) -> xr.DataArray:
    """|w_adam/|w_adam| - w_gd/|w_gd|| over (lr_adam, lr_gd, weight_decay, seed); there without decay, too."""
    return _apart(*(w / np.sqrt((w**2).sum("parameter")) for w in _solutions(cube)))


def _solutions(cube: xr.Dataset) -> list[xr.DataArray]:
    """The last weights of Adam and of gradient descent, whose learning rates are dims of their own."""
    return [
        runs(cube, "lr", "weight_decay", optimizer=name)["solution"].rename(lr=f"lr_{name}")
        for name in ("adam", "gd")
    ]


def _apart(w: xr.DataArray, other: xr.DataArray) -> xr.DataArray:
    return np.sqrt(((w - other) ** 2).sum("parameter", min_count=1))
