r"""The arithmetic of the update rule (rule.py), written once: for compiled passes, numpy's arrays and torch.

With the numbers n of step t,

    g <- g + coupled w,   m <- m + c1 (g - m),   v <- v + c2 (mean_block(g^2) - v),   w <- shrink w - update
    update = step m / (max(v / correction2, floor)^p + eps),   or step m for p = 0,   or step sign(m)

The learning rate of a step is that of the rule times `lr_factor`.
"""

import math
from types import ModuleType
from typing import Any, NamedTuple

from adamatlas.compiled import shared

SIGN, DESCENT, ADAM, POWER, BLOCK = range(5)
"""Forms of the update: by the sign of m; along m (p = 0); p = 1/2 without a floor; any p; v of blocks."""
CONSTANT, LINEAR, COSINE = range(3)
"""Schedules of the learning rate, as `family.LR_SCHEDULES` names them."""


class Numbers(NamedTuple):
    """The numbers of one step: c1 = 1 - beta1, c2 = 1 - beta2, correction2 = 1 - beta2^t or 1.

    step: lr / (1 - beta1^t) with bias correction, over 1 + eps for p = 0.
    """

    c1: Any
    c2: Any
    coupled: Any
    shrink: Any
    step: Any
    correction2: Any
    v_exponent: Any
    v_floor: Any
    eps: Any


@shared
def lr_factor(schedule, warmup, steps, t):
    """What multiplies the learning rate in step t = 1, 2, ..., `steps`.

    t / warmup in the first `warmup` steps; then 1 (CONSTANT), 1 - s (LINEAR) or (1 + cos(pi s)) / 2 (COSINE)
    with s = (t - 1 - warmup) / (steps - warmup), which would be 1, and the factor 0, one step after the last.
    """
    if t <= warmup:
        return t / warmup
    if schedule == CONSTANT:
        return 1.0
    s = (t - 1.0 - warmup) / (steps - warmup)
    return 1.0 - s if schedule == LINEAR else 0.5 * (1.0 + math.cos(math.pi * s))


@shared
def numbers(rule, t):
    """The numbers of step t = 1, 2, ... of a Rule."""
    lr = rule.lr
    if rule.lr_schedule != CONSTANT or rule.warmup_steps > 0:
        lr = lr * lr_factor(rule.lr_schedule, rule.warmup_steps, rule.lr_steps, t)
    step, correction2 = lr, 1.0
    if rule.form == DESCENT:
        step = step / (1.0 + rule.eps)
    if rule.form != SIGN and rule.bias_correction:
        step = step / (1.0 - rule.beta1**t)
        correction2 = 1.0 - rule.beta2**t
    return Numbers(
        1.0 - rule.beta1, 1.0 - rule.beta2, rule.coupled, 1.0 - lr * rule.decoupled,
        step, correction2, rule.v_exponent, rule.v_floor, rule.eps,
    )  # fmt: skip


@shared
def rounded(n, real):
    """The numbers, each rounded once by `real`, such as to the dtype of the weights."""
    return Numbers(
        real(n.c1), real(n.c2), real(n.coupled), real(n.shrink),
        real(n.step), real(n.correction2), real(n.v_exponent), real(n.v_floor), real(n.eps),
    )  # fmt: skip


@shared
def decayed(g, w, n):
    """The gradient with coupled weight decay."""
    return g + n.coupled * w


@shared
def average(old, new, rate):
    """A moment after a step, in a form that keeps a beta near 1 in float32."""
    return old + rate * (new - old)


@shared
def quotient(m, denominator, n):
    """The update of the forms with a second moment."""
    return n.step * m / denominator


@shared
def moved(w, update, n):
    """The weights after a step."""
    return n.shrink * w - update


def update_of(m: Any, v: Any, n: Numbers, form: int, xp: ModuleType) -> Any:
    """The update from arrays of moments after a step; xp: numpy or torch."""
    if form == SIGN:
        return n.step * xp.sign(m)
    if form == DESCENT:
        return n.step * m
    if form in (ADAM, POWER, BLOCK):
        return quotient(m, xp.clip(v / n.correction2, n.v_floor, None) ** n.v_exponent + n.eps, n)
    raise ValueError(f"no update of form {form}")
