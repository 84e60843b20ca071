r"""Compiled training on the noisy ellipse (li2025, Section 3).

q(x, y) = (x + y)^2 / 2a^2 + (x - y)^2 / 2b^2,   L = (q - 1 - delta xi)^2 / 2
grad L = (q - 1 - delta xi) grad q,   grad q = ((x + y)/a^2 + (x - y)/b^2, (x + y)/a^2 - (x - y)/b^2)
"""

from __future__ import annotations

import math

from adamatlas.compiled import compiled, unlocked
from adamatlas.optimizers.rule import update
from adamatlas.problems.label_noise import refill, window


@compiled
def level(x, y, a, b):
    """(q, dq/dx, dq/dy)."""
    along, across = x + y, x - y
    p, r = along / (a * a), across / (b * b)
    return 0.5 * (along * p + across * r), p + r, p - r


@unlocked
def advance(w, m, v, g, columns, ellipse, noise, rule, seed, start, stop):
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
        if own:
            correction1 = correction2 = 1.0
            if rule.bias_correction:
                correction1, correction2 = 1.0 - rule.beta1 ** (step + 1), 1.0 - rule.beta2 ** (step + 1)
            move(w, m, v, 0, residual * qx, rule, correction1, correction2)
            move(w, m, v, 1, residual * qy, rule, correction1, correction2)
        else:
            g[0, 0], g[0, 1] = residual * qx, residual * qy
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
    if rule.p != 0.0:
        v[0, k] += (1.0 - rule.beta2) * (g * g - v[0, k])
        hat = max(v[0, k] / correction2, rule.floor)
        denominator = math.sqrt(hat) if rule.p == 0.5 else hat**rule.p
    shrink = 1.0 - rule.lr * rule.weight_decay if rule.decoupled else 1.0
    w[0, k] = shrink * weight - rule.lr / correction1 * m[0, k] / (denominator + rule.eps)
