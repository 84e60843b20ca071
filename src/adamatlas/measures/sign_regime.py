"""Where is the Adam update close to a sign step? (tang2025 Sec. 5 and App. C)"""

import numpy as np
import xarray as xr

from adamatlas.errors import UserError
from adamatlas.lanes import Lane
from adamatlas.measures.shared.lanes import lanes_with_weights, require
from adamatlas.measures.shared.quantities import dataset, empty
from adamatlas.optimizers.formula import average, numbers, update_of
from adamatlas.optimizers.rule import rule
from adamatlas.problems.order import batch as batch_of
from adamatlas.problems.patch_cnn.data import dense_patches
from adamatlas.store import read_spec
from adamatlas.theory.adam_step import largest_step
from adamatlas.theory.patch_gradient import lemma_gradient

PROBLEMS = ("patch_cnn",)
SECONDS = (0.7, 0.006)
NEEDS = {"weights": (True,), "moments": (True,), "regularizer": ("none",), "v_block": ("coordinate",)}
QUANTITIES = {
    "regime_share": (("snapshot", "part"), "share of coordinates with |g| >= lr on the next minibatch", "1"),
    "sign_agreement": (("snapshot", "part"), "among those, share with sign(update) = sign(g)", "1"),
    "update_ratio": (("snapshot", "part"), "among those, mean |update| / lr; 1 for a sign step", "1"),
    "bound_share": (
        ("snapshot",),
        "largest |update| / lr over the bound of Lemma C.1 with its constant",
        "1",
    ),
}
COORDINATES = {
    "part": (("feature", "support"), "the first coordinate, or those of the next minibatch's noise supports")
}


def measure(trace: xr.Dataset, data: xr.Dataset, spec: dict) -> xr.Dataset:
    """The next step's minibatch gradient g and update, recomputed in float64 from each snapshot of w, m, v.

    A coordinate is in the sign regime if abs(g) >= lr (tang2025 Sec. 5; the constant of its Theta is set to
    1). Where none is, the agreement and the ratio of the update are NaN. bound_share is at most 1 where Lemma
    C.1 bounds the update, NaN for other rules than Adam's.
    """
    require(trace, NEEDS, "measure sign_regime")
    if "m" not in trace:
        raise UserError("measure sign_regime needs m and v in the trace: set `moments: true` in the study")
    size = read_spec(trace)["schedule"]["batch_size"]
    out = empty(__name__, trace)
    for lane, draw, _, snapshots in lanes_with_weights(trace, data):
        noise = dense_patches(draw, lane.settings)
        for snapshot in snapshots:
            step = int(trace["step"].values[snapshot])
            batch = batch_of(lane.seed, step, len(noise), size)
            state = [trace[name].values[lane.number, snapshot].astype(float) for name in ("w", "m", "v")]
            g, update = next_update(*state, step, noise[batch], draw["y"][batch], lane)
            support = (noise[batch] != 0).any(axis=0)
            support[0] = False
            rows = {"feature": slice(0, 1), "support": support}
            for k, part in enumerate(COORDINATES["part"][0]):
                found = regime(g[rows[part]], update[rows[part]], lane.optimizer["lr"])
                for name, value in zip(QUANTITIES, found, strict=False):
                    out[name][lane.number, snapshot, k] = value
            out["bound_share"][lane.number, snapshot] = np.abs(update).max() / most(lane, step + 1)
    return dataset(__name__, trace, out)


def most(lane: Lane, step: int) -> float:
    """The bound of Lemma C.1 on abs(update) at step 1, 2, ...; NaN where it has none."""
    own = lane.optimizer
    if own["sign"] or own["v_exponent"] != 0.5 or not 0 <= own["beta1"] ** 2 < own["beta2"]:
        return np.nan
    return own["lr"] * largest_step(own["beta1"], own["beta2"], step, own["bias_correction"])


def regime(g: np.ndarray, update: np.ndarray, lr: float) -> tuple[float, float, float]:
    """(share in the regime, sign agreement, abs(update)/lr) of one part of the coordinates."""
    inside = np.abs(g) >= lr
    if not inside.any():
        return 0.0, np.nan, np.nan
    g, update = g[inside], update[inside]
    return inside.mean(), np.mean(np.sign(g) == np.sign(update)), np.mean(np.abs(update)) / lr


def next_update(
    w: np.ndarray, m: np.ndarray, v: np.ndarray, step: int, noise: np.ndarray, y: np.ndarray, lane: Lane
) -> tuple[np.ndarray, np.ndarray]:
    """(g, u) of step `step + 1`: w <- (1 - lr wd_decoupled) w - u, the update rule of `optimizers`."""
    own = rule(lane.optimizer)
    n = numbers(own, step + 1)
    g = lemma_gradient(w, noise, y, lane.settings["q"], lane.settings["output_scale"], n.coupled)
    m, v = average(m, g, n.c1), average(v, g * g, n.c2)
    return g, update_of(m, v, n, own.form, np)
