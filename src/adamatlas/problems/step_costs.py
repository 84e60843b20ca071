"""Parts of a training step's time that problems share, on one core of a 2-core x86-64 machine.

They set the scale: `estimate` corrects them by the records of earlier jobs.
"""

from collections.abc import Mapping

from adamatlas.contracts import Spec

NOISY_SECONDS = 6e-8
"""A step of the smallest problem with label noise."""
SWEEP_SECONDS = 3.5e-10
"""The update of one weight by Adam, with w, m and v in memory (14 us for 40,000 weights)."""
PLAIN, EIGHTHS, POWER = 0.15, 1.8, 15.0
"""Factors on it: without a second moment; its exponent in eighths, by square roots; any other one."""


def sweep_seconds(weights: int, optimizer: dict) -> float:
    """The update of all weights of a lane."""
    p = optimizer["v_exponent"]
    if p == 0.0:
        return PLAIN * SWEEP_SECONDS * weights
    return SWEEP_SECONDS * weights * (1.0 if p == 0.5 else EIGHTHS if (8 * p).is_integer() else POWER)


def penalized_share(spec: Spec) -> float:
    """The share of steps, over all lanes, in which a regularizer is on."""
    own, lanes, schedule = spec["regularizer"], spec["lanes"], spec["schedule"]
    if own["regularizer"] == "none":
        return 0.0
    offs = lanes.get("reg_off_epoch", [own["reg_off_epoch"]])
    epochs = schedule["steps"] / schedule["steps_per_epoch"]
    on = sum(1.0 if off is None else min(1.0, off / epochs) for off in offs) / len(offs)
    strengths = lanes.get("reg_lambda", [own["reg_lambda"]])
    return on * sum(strength > 0 for strength in strengths) / len(strengths)


def penalized(spec: Spec, factors: Mapping[str, float]) -> float:
    """By how much a regularizer multiplies a step's time, from its factor {regularizer: while it is on}."""
    return 1.0 + penalized_share(spec) * (factors.get(spec["regularizer"]["regularizer"], 1.0) - 1.0)
