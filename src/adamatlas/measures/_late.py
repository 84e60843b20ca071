"""The end of a run judged from several checkpoints, with bursts told apart."""

from __future__ import annotations

import numpy as np

LATE = 0.75
"""A checkpoint is late after this share of the run."""
BURST = 10.0
"""A late checkpoint is in a burst where its loss is this many times the median of the late ones."""


def late(step: np.ndarray) -> np.ndarray:
    """Which of the snapshots (snapshot,) are late; the last one always is."""
    return step >= LATE * step[-1]


def judge(loss: np.ndarray, step: np.ndarray) -> dict[str, float]:
    """One run's end from its losses (snapshot,): NaN after a divergence.

    late_loss: mean over the late checkpoints outside bursts; burst_share: share of them in bursts;
    burst_loss: the largest late loss; last_loss: the last one, whatever it is.
    """
    end = loss[late(step)]
    if not np.isfinite(end).all():
        return dict.fromkeys(("late_loss", "burst_share", "burst_loss", "last_loss"), np.nan)
    burst = end > BURST * np.median(end)
    return {
        "late_loss": float(end[~burst].mean()),
        "burst_share": float(burst.mean()),
        "burst_loss": float(end.max()),
        "last_loss": float(end[-1]),
    }
