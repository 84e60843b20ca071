"""One example a step on the diagonal network: one pass updates u and v, and finds f of the next example.

That f is carried from step to step, and from call to call: computed anew, its last bit could differ.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from adamatlas.compiled import compiled, summing, unlocked
from adamatlas.optimizers.family import uses
from adamatlas.optimizers.formula import DESCENT, average, moved, numbers, quotient, rounded
from adamatlas.optimizers.state import State
from adamatlas.problems.diagonal_net.kernels import output
from adamatlas.problems.label_noise import refill, window
from adamatlas.problems.order import epoch, shuffle

KEYS = {"lr", "beta1", "beta2", "v_exponent", "eps", "v_floor", "bias_correction"}
"""What may play a part in the rule, with p = 0 or 1/2: no decay, no blocks, no sign."""


def applies(optimizer: Mapping[str, Any], regularizer: Mapping[str, Any], batch_size: int) -> bool:
    """Whether the passes here can train a lane."""
    simple = uses(optimizer) <= KEYS and optimizer["v_exponent"] in (0.0, 0.5)
    return simple and batch_size == 1 and not regularizer["weight"] > 0


@dataclass
class CarriedState(State):
    """A State with f (1,) of the next example."""

    carried: np.ndarray

    def arrays(self) -> dict[str, np.ndarray]:
        """Copies of what a checkpoint must hold."""
        return {**super().arrays(), "carried": self.carried.copy()}

    def restore(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Take over the arrays of a checkpoint."""
        super().restore(arrays)
        self.carried[...] = arrays["carried"]


@summing
def adam(w, m, v, now, following, push, n, scale, floor):
    """A step of Adam with the gradient push (x u, -x v) of x = `now`; <x', u^2 - v^2> of x' = `following`.

    Its denominator is scale sqrt(max(v, floor)) + eps.
    """
    real = w.dtype.type
    total = real(0)
    for k in range(now.size):
        slope = push * real(now[k])
        gu, gv = slope * w[0, k], -slope * w[1, k]
        mu, mv = average(m[0, k], gu, n.c1), average(m[1, k], gv, n.c1)
        su, sv = average(v[0, k], gu * gu, n.c2), average(v[1, k], gv * gv, n.c2)
        u = moved(w[0, k], quotient(mu, np.sqrt(max(su, floor)) * scale + n.eps, n), n)
        z = moved(w[1, k], quotient(mv, np.sqrt(max(sv, floor)) * scale + n.eps, n), n)
        m[0, k], m[1, k], v[0, k], v[1, k], w[0, k], w[1, k] = mu, mv, su, sv, u, z
        total += (u * u - z * z) * real(following[k])
    return float(total)


@summing
def momentum(w, m, now, following, push, n):
    """As `adam`, for p = 0."""
    real = w.dtype.type
    total = real(0)
    for k in range(now.size):
        slope = push * real(now[k])
        mu, mv = average(m[0, k], slope * w[0, k], n.c1), average(m[1, k], -slope * w[1, k], n.c1)
        u, z = moved(w[0, k], n.step * mu, n), moved(w[1, k], n.step * mv, n)
        m[0, k], m[1, k], w[0, k], w[1, k] = mu, mv, u, z
        total += (u * u - z * z) * real(following[k])
    return float(total)


@summing
def plain(w, now, following, push, n):
    """As `momentum`, for beta1 = 0: m is the gradient and is not written."""
    real = w.dtype.type
    total, push = real(0), n.step * push
    for k in range(now.size):
        slope = push * real(now[k])
        u, z = moved(w[0, k], slope * w[0, k], n), moved(w[1, k], -slope * w[1, k], n)
        w[0, k], w[1, k] = u, z
        total += (u * u - z * z) * real(following[k])
    return float(total)


@compiled
def last_gradient(w, m, x, push):
    """Write the last gradient to m, as the first moment without momentum."""
    for k in range(x.size):
        slope = push * w.dtype.type(x[k])
        m[0, k], m[1, k] = slope * w[0, k], -slope * w[1, k]


@unlocked
def advance(w, m, v, g, columns, x, y, noise, rule, seed, carried, start, stop):
    """Train as `advance` of the kernels does; `carried` (1,): f of the next example."""
    real = w.dtype.type
    kind, delta = noise
    n = y.size
    (order, scratch), xi = epoch(n), window(1)
    if start < stop and n > 1:
        shuffle(seed, start, n, order, scratch)
    i = order[start % n]
    out = output(w, x[i]) if start == 0 else carried[0]
    for step in range(start, stop):
        residual = out - y[i] - delta * xi[refill(seed, kind, step, start, 1, xi)]
        if not math.isfinite(residual):
            return step
        if (step + 1) % n == 0 and n > 1:
            shuffle(seed, step + 1, n, order, scratch)
        j = order[(step + 1) % n]
        push, full = real(2.0 * residual), numbers(rule, step + 1)
        here = rounded(full, real)
        if rule.form != DESCENT:
            scale, floor = real(1.0 / math.sqrt(full.correction2)), real(rule.v_floor * full.correction2)
            out = adam(w, m, v, x[i], x[j], push, here, scale, floor)
        elif rule.beta1 > 0.0:
            out = momentum(w, m, x[i], x[j], push, here)
        else:
            if step == stop - 1:
                last_gradient(w, m, x[i], push)
            out = plain(w, x[i], x[j], push, here)
        i = j
    carried[0] = out
    return stop
