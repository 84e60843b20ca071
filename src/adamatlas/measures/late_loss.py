"""Losses and sharpness as the engine records them, and the test loss over the end of a run."""

import numpy as np
import xarray as xr

from adamatlas.measures.shared.quantities import dataset

PROBLEMS = ("diagonal_net", "matrix_factorization")
SECONDS = (0.0, 2e-05)
QUANTITIES = {
    "test_loss": (("snapshot",), "exact test loss: |u^2 - v^2 - w*|^2 / 2, or |W_1 ... W_L - M*|_F^2", "1"),
    "train_loss": (("snapshot",), "training loss without label noise", "1"),
    "support": (("snapshot",), "share of the support of w* that is found", "1", ("diagonal_net",)),
    "trace_h": (("snapshot",), "tr(H) as at interpolation", "1"),
    "trace_sqrt_h": (("snapshot",), "tr(Diag(H)^(1/2)) as at interpolation", "1"),
    "late_loss": ((), "test loss, mean of the last quarter's snapshots outside bursts", "1"),
    "burst_share": ((), "share of the last quarter's snapshots in a burst (over 10 times their median)", "1"),
    "burst_loss": ((), "largest test loss of the last quarter", "1"),
    "last_loss": ((), "test loss of the last snapshot", "1"),
}
LATE = 0.75
"""A snapshot is late after this share of the run."""
BURST = 10.0
"""A late snapshot is in a burst where its loss is this many times the median of the late ones."""


def measure(trace: xr.Dataset, data: xr.Dataset, spec: dict) -> xr.Dataset:
    """The engine's histories, and the `end_of_run` of each lane."""
    step = trace["step"].values
    ends = [end_of_run(loss, step) for loss in trace["test_loss"].values]
    values = {name: trace[name].values for name in QUANTITIES if name in trace}
    values |= {name: np.array([end[name] for end in ends]) for name in ends[0]}
    return dataset(__name__, trace, values)


def end_of_run(loss: np.ndarray, step: np.ndarray) -> dict[str, float]:
    """One run's end from its losses at the snapshots (snapshot,), NaN after a divergence: see QUANTITIES."""
    late = loss[step >= LATE * step[-1]]
    values = [np.nan] * 4
    if np.isfinite(late).all():
        burst = late > BURST * np.median(late)
        values = [float(value) for value in (late[~burst].mean(), burst.mean(), late.max(), late[-1])]
    return dict(zip(("late_loss", "burst_share", "burst_loss", "last_loss"), values, strict=True))
