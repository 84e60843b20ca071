"""Where is the Adam update close to a sign step? (tang2025 Sec. 5 and App. C)"""

from __future__ import annotations

import numpy as np
import xarray as xr

from adamatlas.errors import UserError
from adamatlas.measures import _lanes
from adamatlas.measures._gradient import lemma_gradient
from adamatlas.optimizers.formula import average, numbers, update_of
from adamatlas.optimizers.rule import rule
from adamatlas.problems.order import batch as batch_of
from adamatlas.problems.patch_cnn.data import dense_patches
from adamatlas.store import read_spec

PROBLEMS = ("patch_cnn",)
NEEDS = {"weights": (True,), "moments": (True,), "regularizer": ("none",), "v_block": ("coordinate",)}
PARTS = ("feature", "support")


def measure(trace: xr.Dataset, data: xr.Dataset, spec: dict) -> xr.Dataset:
    """The next step's minibatch gradient g and update u, recomputed in float64 at each snapshot from w, m,
    v.

    A coordinate is in the sign regime if abs(g) >= lr (tang2025 Sec. 5; the constant of its Theta is set to
    1). The batch is the one that the engine takes next. Part `feature` is the first coordinate of all
    neurons, `support` the coordinates of the batch's noise supports.

    Variables over (lane, snapshot, part): `regime_share`, the share of coordinates in the regime;
    `sign_agreement`, among those, the share with sign(u) = sign(g); `update_ratio`, among those, mean
    abs(u)/lr (1 for a sign step). The latter two are NaN where no coordinate is in the regime.
    """
    _lanes.require(trace, NEEDS, "measure sign_regime")
    if "m" not in trace:
        raise UserError("measure sign_regime needs m and v in the trace: set `moments: true` in the study")
    size = read_spec(trace)["schedule"]["batch_size"]
    share, agreement, ratio = (_lanes.empty(trace, len(PARTS)) for _ in range(3))
    weight = _lanes.weights(trace)
    for lane in _lanes.lanes(trace):
        draw = _lanes.draw(data, lane.seed)
        noise = dense_patches(draw, lane.settings)
        for shot in _lanes.finite(weight[lane.number]):
            step = int(trace["step"].values[shot])
            batch = batch_of(lane.seed, step, len(noise), size)
            state = [trace[name].values[lane.number, shot].astype(float) for name in ("w", "m", "v")]
            g, update = next_update(*state, step, noise[batch], draw["y"][batch], lane)
            support = (noise[batch] != 0).any(axis=0)
            support[0] = False
            for k, rows in enumerate((slice(0, 1), support)):
                at = (lane.number, shot, k)
                share[at], agreement[at], ratio[at] = regime(g[rows], update[rows], lane.optimizer["lr"])
    dims = ("lane", "snapshot", "part")
    return _lanes.dataset(
        trace,
        {
            "regime_share": (dims, share, "share of coordinates with |g| >= lr"),
            "sign_agreement": (dims, agreement, "share of the regime with sign(update) = sign(g)"),
            "update_ratio": (dims, ratio, "mean |update| / lr in the regime"),
        },
        {"part": list(PARTS)},
    )


def regime(g: np.ndarray, update: np.ndarray, lr: float) -> tuple[float, float, float]:
    """(share in the regime, sign agreement, abs(update)/lr) of one group of coordinates."""
    inside = np.abs(g) >= lr
    if not inside.any():
        return 0.0, np.nan, np.nan
    g, update = g[inside], update[inside]
    return inside.mean(), np.mean(np.sign(g) == np.sign(update)), np.mean(np.abs(update)) / lr


def next_update(
    w: np.ndarray,
    m: np.ndarray,
    v: np.ndarray,
    step: int,
    noise: np.ndarray,
    y: np.ndarray,
    lane: _lanes.Lane,
) -> tuple[np.ndarray, np.ndarray]:
    """(g, u) of step `step + 1`: w <- (1 - lr wd_decoupled) w - u, the update rule of `optimizers`."""
    own = rule(lane.optimizer)
    n = numbers(own, step + 1)
    g = lemma_gradient(w, noise, y, lane.settings["q"], lane.settings["output_scale"], n.coupled)
    m, v = average(m, g, n.c1), average(v, g * g, n.c2)
    return g, update_of(m, v, n, own.form, np)
