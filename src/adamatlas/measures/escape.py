"""Does the feature escape from its initial value, or decay to zero? (tang2025 Cor. 4.3)"""

import numpy as np
import xarray as xr

from adamatlas.measures.shared.lanes import trained_lanes
from adamatlas.measures.shared.quantities import dataset
from adamatlas.store import read_spec

PROBLEMS = ("patch_cnn",)
SECONDS = (0.0, 2e-05)
QUANTITIES = {
    "outcome": ((), "first passage: 1 the feature escapes, -1 it decays, 0 neither in time", "1"),
    "drift": ((), "relative change of the slower feature per step to passage", "step-1"),
    "passage_step": ((), "step of the first passage", "step"),
    "initial_feature": ((), "initial feature z0 = min_j max_r <w_jr, j v>", "1"),
    "lowest_feature": ((), "lower of the two features at the end over its initial value", "1"),
    "highest_feature": ((), "highest that either feature reaches over its initial value", "1"),
    "critical_weight_decay": ((), "weight decay at which escape turns into decay", "1"),
    "critical_scaled": ((), "critical weight decay over (q/4) z0^(q-2)", "1"),
}


def measure(trace: xr.Dataset, data: xr.Dataset, spec: dict) -> xr.Dataset:
    """First passage of the feature history of each class, z_j(t) = max_r <w_jr, j v>.

    With z0 = min_j z_j(0): the feature escapes once both classes have reached min(10, .5/z0) z_j(0) (3
    z_j(0) in full batch); it decays once either falls below .2 z_j(0) (.3 in full batch). Whichever comes
    first counts. The critical weight decay is where escape turns into decay among the lanes that differ in
    weight decay alone, all of which get it; Cor. 4.3 compares it with wd* = (q/4) z0^(q-2).
    """
    history = trace["feature"].values.astype(float)
    step = trace["step"].values.astype(float)
    full_batch = read_spec(trace)["schedule"]["steps_per_epoch"] == 1
    passages = [first_passage(step, z, full_batch) for z in history]
    outcome, drift, passage, z0, lowest, highest = (
        np.array(column) for column in zip(*passages, strict=True)
    )
    lanes = trained_lanes(trace)
    decay = np.array([lane.optimizer["weight_decay"] for lane in lanes])
    power = lanes[0].settings["q"]
    critical = np.full(len(decay), np.nan)
    for group in _groups(trace):
        critical[group] = crossing(decay[group], outcome[group], drift[group])
    scaled = critical / (power / 4 * np.maximum(z0, 1e-300) ** (power - 2))
    values = outcome, drift, passage, z0, lowest, highest, critical, scaled
    return dataset(__name__, trace, dict(zip(QUANTITIES, values, strict=True)))


def first_passage(step: np.ndarray, z: np.ndarray, full: bool) -> tuple[float, ...]:
    """(outcome, drift, step, z0, lowest, highest) of one history z (snapshot, label); see `measure`."""
    start = z[0]
    z0 = start.min()
    if not np.isfinite(z0) or z0 <= 0:
        return 0.0, np.nan, np.nan, z0, np.nan, np.nan
    ratio = np.nan_to_num(z / start, nan=1.0)
    up, down = (3.0, 0.3) if full else (min(10.0, 0.5 / z0), 0.2)
    reached = np.maximum.accumulate(ratio >= up).all(axis=1)
    fallen = (ratio <= down).any(axis=1)
    passage = int(np.argmax(reached | fallen)) if (reached | fallen).any() else len(step) - 1
    outcome = -1.0 if fallen[passage] else float(reached[passage])
    drift = (ratio[passage].min() - 1) / max(step[passage], 1.0)
    return outcome, drift, step[passage], z0, ratio[-1].min(), ratio.max()


def crossing(weight_decay: np.ndarray, outcome: np.ndarray, drift: np.ndarray) -> float:
    """The weight decay at which escape turns into decay; NaN where the lanes do not bracket it.

    That is where the drift is 0, interpolated in log weight decay between the largest one that escapes and
    the next larger one that decays.
    """
    known = (outcome != 0) & (weight_decay > 0)
    order = np.flatnonzero(known)[np.argsort(weight_decay[known])]
    escaped = np.flatnonzero(outcome[order] > 0)
    if not len(escaped) or escaped[-1] == len(order) - 1:
        return np.nan
    below, above = order[escaped[-1]], order[escaped[-1] + 1]
    rise, fall = max(drift[below], 0.0), max(-drift[above], 0.0)
    share = rise / (rise + fall) if rise + fall > 0 else 0.5
    low, high = np.log(weight_decay[[below, above]])
    return float(np.exp(low + share * (high - low)))


def _groups(trace: xr.Dataset) -> list[np.ndarray]:
    """Lane numbers that agree in every lane axis but weight_decay."""
    axes = [name for name, coord in trace.coords.items() if coord.dims == ("lane",)]
    kept = [trace[name].values for name in axes if name not in ("weight_decay", "lane")]
    keys = list(zip(*kept, strict=True))
    return [np.array([k for k, other in enumerate(keys) if other == key]) for key in dict.fromkeys(keys)]
