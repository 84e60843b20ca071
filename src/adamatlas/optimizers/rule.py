r"""The one update rule. Every optimizer of the atlas is a point in this family.

With the minibatch gradient g, t = 1, 2, ... and 1 - b computed in float64,

    g <- g + weight_decay * w                          (coupled decay: "Adam")
    m <- m + (1 - beta1) (g - m)
    v <- v + (1 - beta2) (mean_block(g^2) - v)
    w <- (1 - lr * weight_decay) w - lr * mhat / (max(vhat, floor)^p + eps)     (decoupled: "AdamW")

where mhat = m / (1 - beta1^t), vhat = v / (1 - beta2^t) with bias correction and m, v without.
`sign` replaces the quotient by sign(m). For p = 1/2 this is Algorithm 1 of Kingma & Ba (2015) and
Algorithm 2 of Loshchilov & Hutter (2019) as torch.optim implements them; p = 0 is SGD; other p are
AdamE (li2025, Table 1). lr may follow a schedule (formula.lr_factor).
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from adamatlas.compiled import compiled
from adamatlas.errors import UserError
from adamatlas.optimizers import sweeps
from adamatlas.optimizers.family import LR_SCHEDULES, NEUTRAL, uses
from adamatlas.optimizers.formula import ADAM, BLOCK, DESCENT, POWER, SIGN, numbers

_SCHEDULED = {"lr", "lr_schedule", "warmup_steps", "lr_steps"}
_MOMENTUM = frozenset(_SCHEDULED | {"beta1", "weight_decay", "decay_kind"})
_BOTH_MOMENTS = _MOMENTUM | {"bias_correction", "eps", "v_exponent", "beta2"}
KEYS = {
    SIGN: _MOMENTUM | {"sign"},
    DESCENT: _MOMENTUM | {"bias_correction", "eps"},
    ADAM: _BOTH_MOMENTS,
    POWER: _BOTH_MOMENTS | {"v_floor"},
    BLOCK: _BOTH_MOMENTS | {"v_floor", "v_block"},
}
"""The keys that each form of the update knows."""


class Rule(NamedTuple):
    """The update rule of one lane: its form and its numbers; in torch they may be tensors (lanes, 1).

    coupled, decoupled: the weight decay of that kind, else 0; lr_schedule: the number of one of LR_SCHEDULES,
    over lr_steps steps after, or with, the warm-up.
    """

    form: int
    lr: float
    beta1: float
    beta2: float
    v_exponent: float
    eps: float
    v_floor: float
    coupled: float
    decoupled: float
    bias_correction: bool
    lr_schedule: int
    warmup_steps: int
    lr_steps: int


def rule(optimizer: Mapping[str, Any]) -> Rule:
    """The Rule of the part `optimizer` of a train spec. UserError for a key that its form does not know."""
    full = {**NEUTRAL, **optimizer}
    form = _form(full)
    if unknown := sorted(uses(optimizer) - KEYS[form]):
        raise UserError(f"optimizer: no pass of the update rule knows {', '.join(unknown)} here")
    decay, coupled = float(full["weight_decay"]), full["decay_kind"] == "coupled"
    return Rule(
        form,
        *(float(full[name]) for name in ("lr", "beta1", "beta2", "v_exponent", "eps", "v_floor")),
        coupled=decay if coupled else 0.0,
        decoupled=0.0 if coupled else decay,
        bias_correction=bool(full["bias_correction"]),
        lr_schedule=LR_SCHEDULES.index(full["lr_schedule"]),
        warmup_steps=int(full["warmup_steps"]),
        lr_steps=int(full["lr_steps"]),
    )


def _form(full: Mapping[str, Any]) -> int:
    if full["sign"]:
        return SIGN
    if full["v_exponent"] == 0.0:
        return DESCENT
    if full["v_block"] != "coordinate":
        return BLOCK
    return ADAM if full["v_exponent"] == 0.5 and full["v_floor"] == 0.0 else POWER


@compiled
def update(w, m, v, g, columns, rule, t):
    """One step of the rule in place; clears `g` for the next step.

    w, m, g: (rows, columns) of one dtype. v: the same, or (parts, blocks) for the form BLOCK: each of `parts`
    slices of the rows has blocks of its own, and `columns` (int64) gives each column's block. t: the number
    of this step, from 1.
    """
    n = numbers(rule, t)
    if rule.form == SIGN:
        sweeps.sign(w, m, g, n)
    elif rule.form == DESCENT:
        sweeps.descent(w, m, g, n)
    elif rule.form == ADAM:
        sweeps.adam(w, m, v, g, n)
    elif rule.form == POWER:
        sweeps.power(w, m, v, g, n)
    elif rule.form == BLOCK:
        rows = w.shape[0] // v.shape[0]
        for part in range(v.shape[0]):
            own = slice(part * rows, (part + 1) * rows)
            sweeps.blockwise(w[own], m[own], v[part], g[own], columns, n)
    else:
        raise ValueError("no pass for this form of the update rule")
