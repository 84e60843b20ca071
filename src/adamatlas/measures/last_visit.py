"""What Adam's update does to a noise coordinate between the visits to it (tang2025, Lemmas C.2 and C.11)."""

import numpy as np
import xarray as xr

from adamatlas.errors import UserError
from adamatlas.lanes import Lane
from adamatlas.measures.shared.lanes import (
    finite_snapshots,
    require,
    trained_lanes,
    training_draw,
    weights,
)
from adamatlas.measures.shared.quantities import dataset, empty
from adamatlas.measures.sign_regime import next_update
from adamatlas.problems.order import batch as batch_of
from adamatlas.problems.patch_cnn.data import dense_patches
from adamatlas.store import read_spec
from adamatlas.theory.patch_gradient import lemma_gradient

PROBLEMS = ("patch_cnn",)
SECONDS = (0.7, 0.02)
NEEDS = {"weights": (True,), "moments": (True,), "regularizer": ("none",), "v_block": ("coordinate",)}
QUANTITIES = {
    "age_share": (("snapshot", "age"), "share of the noise coordinates last visited so long ago", "1"),
    "follows_gradient": (
        ("snapshot", "age"),
        "share of their updates with the sign of the last visited gradient",
        "1",
    ),
    "follows_weight": (("snapshot", "age"), "share of their updates with the sign of the weight", "1"),
}
COORDINATES = {"age": ((0, 1, 3, 10, 30, 100), "steps since the last visit, up to the next of these")}
AGES = COORDINATES["age"][0]


def measure(trace: xr.Dataset, data: xr.Dataset, spec: dict) -> xr.Dataset:
    """The update at each snapshot, in float64, of each k > 1 by tau, the steps since a batch held k.

    Lemma C.2: for small tau the update has the sign of the gradient of the batch of that visit, at the
    current weights; once beta2^(tau/2) <= lambda eta, that of the weight (the coupled decay's). The lemma's
    thresholds, with constant 1: gradients count above eta s sigma_p / B + lambda abs(w), weights above eta.
    """
    require(trace, NEEDS, "measure last_visit")
    if "m" not in trace:
        raise UserError("measure last_visit needs m and v in the trace: set `moments: true` in the study")
    size = read_spec(trace)["schedule"]["batch_size"]
    out = empty(__name__, trace)
    weight = weights(trace)
    for lane in trained_lanes(trace):
        draw = training_draw(data, lane.seed)
        noise = dense_patches(draw, lane.settings)
        for snapshot in finite_snapshots(weight[lane.number]):
            step = int(trace["step"].values[snapshot])
            w, m, v = (trace[name].values[lane.number, snapshot].astype(float) for name in ("w", "m", "v"))
            batch = batch_of(lane.seed, step, len(noise), size)
            _, update = next_update(w, m, v, step, noise[batch], draw["y"][batch], lane)
            age, gradient = last_visits(w, noise, draw["y"], step, size, lane)
            for name, values in by_age(w, update, age, gradient, size, lane).items():
                out[name][lane.number, snapshot] = values
    return dataset(__name__, trace, out)


def last_visits(
    w: np.ndarray, noise: np.ndarray, y: np.ndarray, step: int, size: int, lane: Lane
) -> tuple[np.ndarray, np.ndarray]:
    """Steps since the last visit of each k > 1 (d,), -1 for none, and that batch's gradient at w (d, 2m)."""
    age, gradient = np.full(len(w), -1), np.zeros(w.shape)
    held = (noise != 0).any(axis=0)
    held[0] = False
    for tau in range(step + 1):
        batch = batch_of(lane.seed, step - tau, len(noise), size)
        new = (age < 0) & (noise[batch] != 0).any(axis=0)
        new[0] = False
        if new.any():
            found = lemma_gradient(
                w, noise[batch], y[batch], lane.settings["q"], lane.settings["output_scale"]
            )
            age[new], gradient[new] = tau, found[new]
        if (age[held] >= 0).all():
            break
    return age, gradient


def by_age(
    w: np.ndarray, update: np.ndarray, age: np.ndarray, gradient: np.ndarray, size: int, lane: Lane
) -> dict[str, np.ndarray]:
    """The measure's quantities, each over AGES; NaN where nothing counts."""
    lr, decay = lane.optimizer["lr"], lane.optimizer["weight_decay"]
    reach = lr * lane.settings["s"] * lane.settings["sigma_p"] / size
    counted = np.abs(gradient) > reach + decay * np.abs(w), np.abs(w) > lr
    shares, follows = [], ([], [])
    for first, end in zip(AGES, (*AGES[1:], np.inf), strict=True):
        rows = (age >= first) & (age < end)
        shares.append(rows.sum() / max((age >= 0).sum(), 1))
        for found, towards, counts in zip(follows, (gradient, w), counted, strict=True):
            here = rows[:, None] & counts
            same = np.sign(update[here]) == np.sign(towards[here])
            found.append(same.mean() if same.size else np.nan)
    return {"age_share": shares, "follows_gradient": follows[0], "follows_weight": follows[1]}
