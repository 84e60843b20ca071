"""The update rule once more, in plain torch operations: the oracle of all other versions."""

from typing import Any

import torch

from adamatlas.errors import UserError
from adamatlas.optimizers.family import LR_SCHEDULES, NEUTRAL, uses
from adamatlas.optimizers.formula import lr_factor

KEYS = {
    *("lr", "beta1", "beta2", "v_exponent", "eps", "v_floor", "v_block"),
    *("weight_decay", "decay_kind", "bias_correction", "sign"),
    *("lr_schedule", "warmup_steps", "lr_steps"),
}


def check(optimizer: dict[str, Any]) -> None:
    """Raise UserError where a key plays a part that `update` does not know."""
    if unknown := sorted(uses(optimizer) - KEYS):
        raise UserError(f"optimizer: the reference engine does not know {', '.join(unknown)}")


def update(
    w: torch.Tensor,
    moments: tuple[torch.Tensor, torch.Tensor],
    g: torch.Tensor,
    optimizer: dict[str, Any],
    t: int,
    neuron_dims: tuple[int, ...],
    parts: int = 1,
) -> tuple[torch.Tensor, tuple[torch.Tensor, torch.Tensor]]:
    """The weights and (m, v) after step t = 1, 2, ... of the update rule (optimizers.rule).

    The weights of one neuron lie along `neuron_dims`; `parts` slices of rows have blocks of their own.
    """
    m, v = moments
    full = {**NEUTRAL, **optimizer}
    schedule = LR_SCHEDULES.index(full["lr_schedule"])
    lr = full["lr"] * lr_factor(schedule, full["warmup_steps"], full["lr_steps"], t)
    decay, p = optimizer["weight_decay"], optimizer["v_exponent"]
    coupled = optimizer["decay_kind"] == "coupled"
    g = g + decay * w if coupled else g
    squares = g**2
    if optimizer["v_block"] != "coordinate":
        sliced = squares.reshape(parts, -1, w.shape[1])
        within = [1 + dim for dim in neuron_dims] if optimizer["v_block"] == "neuron" else [1, 2]
        squares = sliced.mean(within, keepdim=True).expand_as(sliced).reshape(w.shape)
    m = m + (1 - optimizer["beta1"]) * (g - m)
    v = v + (1 - optimizer["beta2"]) * (squares - v)
    mhat, vhat = m, v
    if optimizer["bias_correction"]:
        mhat, vhat = m / (1 - optimizer["beta1"] ** t), v / (1 - optimizer["beta2"] ** t)
    if optimizer["sign"]:
        direction = torch.sign(m)
    else:
        direction = mhat / (vhat.clamp(min=optimizer["v_floor"]) ** p + optimizer["eps"])
    shrink = 1.0 if coupled else 1 - lr * decay
    return shrink * w - lr * direction, (m, v)
