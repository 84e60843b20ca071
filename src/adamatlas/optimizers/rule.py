r"""The one update rule. Every optimizer of the atlas is a point in this family.

With the minibatch gradient g, t = 1, 2, ... and 1 - b computed in float64,

    g <- g + weight_decay * w                          (coupled decay: "Adam")
    m <- m + (1 - beta1) (g - m)
    v <- v + (1 - beta2) (mean_block(g^2) - v)
    w <- (1 - lr * weight_decay) w - lr * mhat / (max(vhat, floor)^p + eps)     (decoupled: "AdamW")

where mhat = m / (1 - beta1^t), vhat = v / (1 - beta2^t) with bias correction and m, v without.
`sign` replaces the quotient by sign(m). For p = 1/2 this is Algorithm 1 of Kingma & Ba (2015) and
Algorithm 2 of Loshchilov & Hutter (2019) as torch.optim implements them; p = 0 is SGD; other p are
AdamE (li2025, Table 1).
"""

from __future__ import annotations

import math
from typing import NamedTuple

from adamatlas.compiled import compiled
from adamatlas.optimizers import sweeps


class Rule(NamedTuple):
    """The numbers of the update rule for one lane."""

    lr: float
    beta1: float
    beta2: float
    v_exponent: float
    eps: float
    v_floor: float
    weight_decay: float
    coordinate: bool
    decoupled: bool
    bias_correction: bool
    sign: bool


def rule(optimizer: dict) -> Rule:
    """The Rule of an `optimizer` slice of a train spec."""
    numbers = {
        name: float(optimizer[name])
        for name in ("lr", "beta1", "beta2", "v_exponent", "eps", "v_floor", "weight_decay")
    }
    return Rule(
        **numbers,
        coordinate=optimizer["v_block"] == "coordinate",
        decoupled=optimizer["decay_kind"] == "decoupled",
        bias_correction=bool(optimizer["bias_correction"]),
        sign=bool(optimizer["sign"]),
    )


@compiled
def update(w, m, v, g, columns, rule, t):
    """One step of the rule in place; clears `g` for the next step.

    w, m, g: (rows, columns) of one dtype. v: the same, or (1, blocks) if not `rule.coordinate`;
    `columns` (int64) gives each column's block. t: the number of this step, from 1.
    """
    correction1 = 1.0
    correction2 = 1.0
    if rule.bias_correction:
        correction1 = 1.0 - rule.beta1**t
        correction2 = 1.0 - rule.beta2**t
    coupled = 0.0 if rule.decoupled else rule.weight_decay
    shrink = 1.0 - rule.lr * rule.weight_decay if rule.decoupled else 1.0
    c1 = 1.0 - rule.beta1
    c2 = 1.0 - rule.beta2
    step = rule.lr / correction1
    if rule.sign:
        sweeps.sign(w, m, g, c1, coupled, shrink, rule.lr)
    elif rule.v_exponent == 0.0:
        sweeps.plain(w, m, g, c1, coupled, shrink, step / (1.0 + rule.eps))
    elif not rule.coordinate:
        sweeps.blockwise(
            w,
            m,
            v,
            g,
            columns,
            c1,
            c2,
            coupled,
            shrink,
            step,
            correction2,
            rule.v_exponent,
            rule.v_floor,
            rule.eps,
        )
    elif rule.v_exponent == 0.5 and rule.v_floor == 0.0:
        sweeps.adam(w, m, v, g, c1, c2, coupled, shrink, step, 1.0 / math.sqrt(correction2), rule.eps)
    else:
        sweeps.power(
            w, m, v, g, c1, c2, coupled, shrink, step, correction2, rule.v_exponent, rule.v_floor, rule.eps
        )
