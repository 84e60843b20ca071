r"""Compiled training on the noisy ellipse (li2025, Section 3).

q(x, y) = (x + y)^2 / 2a^2 + (x - y)^2 / 2b^2,   L = (q - 1 - delta xi)^2 / 2
grad L = r grad q,   r = q - 1 - delta xi,   grad q = ((x + y)/a^2 + (x - y)/b^2, (x + y)/a^2 - (x - y)/b^2)

There is one example, so both regularizers are |grad L|^2, with the gradient 2 Hess L grad L and
Hess L grad L = r (|grad q|^2 grad q + r Hess q grad q). Hess q grad q is grad q at the point grad q, for q is
quadratic.
"""

from __future__ import annotations

import math

from adamatlas.compiled import compiled, unlocked
from adamatlas.optimizers.rule import update
from adamatlas.problems.label_noise import refill, window
from adamatlas.regularizers.penalty import NONE, active


@compiled
def level(x, y, a, b):
    """(q, dq/dx, dq/dy)."""
    along, across = x + y, x - y
    p, r = along / (a * a), across / (b * b)
    return 0.5 * (along * p + across * r), p + r, p - r


@compiled
def gradient(residual, qx, qy, a, b, weight):
    """grad (L + weight |grad L|^2) from r and grad q."""
    if weight == 0.0:
        return residual * qx, residual * qy
    _, turned_x, turned_y = level(qx, qy, a, b)
    of_gradient = residual * (1.0 + 2.0 * weight * (qx * qx + qy * qy))
    of_turned = 2.0 * weight * residual * residual
    return of_gradient * qx + of_turned * turned_x, of_gradient * qy + of_turned * turned_y


@unlocked
def advance(w, m, v, g, columns, ellipse, noise, rule, penalty, seed, start, stop):
    """Train from step `start` to `stop`; returns the step reached, `stop` unless q diverged.

    w (1, 2); ellipse: (a, b); noise: (kind, delta). The result does not depend on how a run is cut.
    """
    a, b = ellipse
    kind, delta = noise
    xi = window(1)
    own = rule.coordinate and not rule.sign
    for step in range(start, stop):
        q, qx, qy = level(float(w[0, 0]), float(w[0, 1]), a, b)
        residual = q - 1.0 - delta * xi[refill(seed, kind, step, start, 1, xi)]
        if not math.isfinite(residual):
            return step
        weight = penalty.weight if active(penalty, step) != NONE else 0.0
        gx, gy = gradient(residual, qx, qy, a, b, weight)
        if own:
            correction1 = correction2 = 1.0
            if rule.bias_correction:
                correction1, correction2 = 1.0 - rule.beta1 ** (step + 1), 1.0 - rule.beta2 ** (step + 1)
            move(w, m, v, 0, gx, rule, correction1, correction2)
            move(w, m, v, 1, gy, rule, correction1, correction2)
        else:
            g[0, 0], g[0, 1] = gx, gy
            update(w, m, v, g, columns, rule, step + 1)
    return stop


@compiled
def move(w, m, v, k, g, rule, correction1, correction2):
    """The update rule for one weight with a second moment of its own (see optimizers.rule)."""
    weight = float(w[0, k])
    if not rule.decoupled:
        g += rule.weight_decay * weight
    m[0, k] += (1.0 - rule.beta1) * (g - m[0, k])
    denominator = 1.0
    if rule.v_exponent != 0.0:
        v[0, k] += (1.0 - rule.beta2) * (g * g - v[0, k])
        hat = max(v[0, k] / correction2, rule.v_floor)
        denominator = math.sqrt(hat) if rule.v_exponent == 0.5 else hat**rule.v_exponent
    shrink = 1.0 - rule.lr * rule.weight_decay if rule.decoupled else 1.0
    w[0, k] = shrink * weight - rule.lr / correction1 * m[0, k] / (denominator + rule.eps)
