"""Losses from the histories that the engine computes, and the run's end from several checkpoints."""

from __future__ import annotations

import numpy as np
import xarray as xr

from adamatlas.measures import _lanes
from adamatlas.measures._late import judge

PROBLEMS = ("diagonal_net", "matrix_factorization")
LONG_NAMES = {
    "late_loss": "test loss, mean of the last quarter's checkpoints outside bursts",
    "burst_share": "share of the last quarter's checkpoints in a burst (over 10 times their median)",
    "burst_loss": "largest test loss of the last quarter",
    "last_loss": "test loss of the last checkpoint",
}


def measure(trace: xr.Dataset, data: xr.Dataset, spec: dict) -> xr.Dataset:
    """Exact test loss and training loss without label noise, and how the run ends.

    Variables: the histories `test_loss`, `train_loss`, `trace_h`, `trace_sqrt_h` (and `support`) over (lane,
    snapshot); `late_loss`, `burst_share`, `burst_loss`, `last_loss` over lane (see `_late`).
    """
    step = trace["step"].values
    ends = [judge(loss, step) for loss in trace["test_loss"].values]
    names = ("test_loss", "train_loss", "support", "trace_h", "trace_sqrt_h")
    histories = {
        name: (("lane", "snapshot"), trace[name].values, trace[name].attrs["long_name"])
        for name in names
        if name in trace
    }
    return _lanes.dataset(
        trace,
        histories
        | {name: ("lane", np.array([end[name] for end in ends]), text) for name, text in LONG_NAMES.items()},
    )
