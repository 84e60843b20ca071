"""The keys of the update rule, and the value of each at which it plays no part in a step.

lr_steps is the length of the run, where the learning rate depends on it; a lane knows it from its schedule.
"""

from collections.abc import Mapping
from typing import Any

from adamatlas.errors import UserError
from adamatlas.registry import suggestion

LR_SCHEDULES = ("constant", "linear", "cosine")
"""Their numbers are those of `formula`."""
NEUTRAL: dict[str, float | str | bool] = {
    "lr": 0.0,
    "beta1": 0.0,
    "beta2": 0.0,
    "v_exponent": 0.0,
    "eps": 0.0,
    "v_floor": 0.0,
    "weight_decay": 0.0,
    "v_block": "coordinate",
    "decay_kind": "coupled",
    "bias_correction": False,
    "sign": False,
    "lr_schedule": "constant",
    "warmup_steps": 0,
    "lr_steps": 0,
}
_SECOND_MOMENT = {"beta2", "v_floor", "v_block"}


def check(keys: Mapping[str, Any], of: str) -> None:
    """Raise UserError for a key that the rule does not have; `of` begins the message."""
    for key in keys:
        if key not in NEUTRAL:
            raise UserError(f"{of}: the update rule has no key {key!r}; {suggestion(key, list(NEUTRAL))}")


def uses(optimizer: Mapping[str, Any]) -> frozenset[str]:
    """The keys that play a part in a step, given the values of the others.

    A pass that knows some keys serves an optimizer if `uses(optimizer) <= keys`: then a key that is added to
    the family is never ignored. Raises UserError for a key that is not in the family.
    """
    check(optimizer, "optimizer")
    used = {key for key, value in optimizer.items() if value != NEUTRAL[key]}
    if optimizer.get("sign"):
        used -= {*_SECOND_MOMENT, "v_exponent", "eps", "bias_correction"}
    elif not optimizer.get("v_exponent"):
        used -= _SECOND_MOMENT
    return frozenset(used if optimizer.get("weight_decay") else used - {"decay_kind"})
