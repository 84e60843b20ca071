r"""Compiled training on the noisy ellipse (li2025, Section 3).

q(x, y) = (x + y)^2 / 2a^2 + (x - y)^2 / 2b^2,   L = (q - 1 - delta xi)^2 / 2
grad L = r grad q,   r = q - 1 - delta xi,   grad q = ((x + y)/a^2 + (x - y)/b^2, (x + y)/a^2 - (x - y)/b^2)

To it a step adds the gradient noise (sigma_x z_1, sigma_y z_2), with z standard normal.

There is one example, so both regularizers are |grad L|^2, with the gradient 2 Hess L grad L and
Hess L grad L = r (|grad q|^2 grad q + r Hess q grad q). Hess q grad q is grad q at the point grad q, for q is
quadratic.
"""

import math

import numpy as np

from adamatlas.compiled import compiled, drawing, unlocked
from adamatlas.optimizers.formula import DESCENT, average, decayed, moved, numbers, quotient
from adamatlas.optimizers.rule import update
from adamatlas.problems.label_noise import WINDOW, refill, window
from adamatlas.randomness import PURPOSES, normals
from adamatlas.regularizers.penalty import NONE, active

KEYS = {
    *("lr", "beta1", "beta2", "v_exponent", "eps", "v_floor"),
    *("weight_decay", "decay_kind", "bias_correction"),
}
"""What may play a part in the rule where `move` takes the place of a sweep."""

_GRADIENT_NOISE = np.uint64(PURPOSES["gradient_noise"])


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


@drawing
def pair(seed, step, start, window):
    """The place in `window` (WINDOW,) of the two normals of a step's gradient noise.

    A window is drawn when its first step is reached, or `start`, the first step of a call.
    """
    place = 2 * step % WINDOW
    if place == 0 or step == start:
        normals(seed, _GRADIENT_NOISE, 2 * step // WINDOW, window)
    return place


@unlocked
def advance(w, m, v, g, columns, ellipse, noise, scales, rule, by_weight, penalty, seed, start, stop):
    """Train from step `start` to `stop` in place; returns the step reached, less than `stop` on divergence.

    w: (1, 2); ellipse: (a, b); noise: (kind, delta); scales: the standard
    deviations of the gradient noise; by_weight: whether `move` knows the rule.
    """
    a, b = ellipse
    kind, delta = noise
    xi = window(1)
    scale_x, scale_y = scales
    scattered, bumps = scale_x > 0.0 or scale_y > 0.0, np.empty(WINDOW)
    for step in range(start, stop):
        q, qx, qy = level(float(w[0, 0]), float(w[0, 1]), a, b)
        residual = q - 1.0 - delta * xi[refill(seed, kind, step, start, 1, xi)]
        if not math.isfinite(residual):
            return step
        weight = penalty.weight if active(penalty, step) != NONE else 0.0
        gx, gy = gradient(residual, qx, qy, a, b, weight)
        if scattered:
            place = pair(seed, step, start, bumps)
            gx += scale_x * bumps[place]
            gy += scale_y * bumps[place + 1]
        if by_weight:
            n = numbers(rule, step + 1)
            move(w, m, v, 0, gx, rule.form, n)
            move(w, m, v, 1, gy, rule.form, n)
        else:
            g[0, 0], g[0, 1] = gx, gy
            update(w, m, v, g, columns, rule, step + 1)
    return stop


@compiled
def move(w, m, v, k, g, form, n):
    """The update rule in float64 for one weight with a second moment of its own, if any."""
    weight = float(w[0, k])
    g = decayed(g, weight, n)
    m[0, k] = average(m[0, k], g, n.c1)
    update = n.step * m[0, k]
    if form != DESCENT:
        v[0, k] = average(v[0, k], g * g, n.c2)
        hat = max(v[0, k] / n.correction2, n.v_floor)
        root = math.sqrt(hat) if n.v_exponent == 0.5 else hat**n.v_exponent
        update = quotient(m[0, k], root + n.eps, n)
    w[0, k] = moved(weight, update, n)
