"""The floor: what any dense Adam must do at each step, and nothing else."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from adamatlas.compiled import compiled

GRADIENT = 1e-3


@compiled
def sweep(w, m, v, steps, lr, beta1, beta2, eps, weight_decay):
    """`steps` Adam steps over flat w, m, v; the gradient is a constant, so nothing else is read.

    A constant that is not 0 keeps v in the normal range: subnormal numbers cost several times more.
    """
    real = w.dtype.type
    c1, c2 = real(1.0 - beta1), real(1.0 - beta2)
    decay, small, gradient = real(weight_decay), real(eps), real(GRADIENT)
    for t in range(1, steps + 1):
        step = real(lr / (1.0 - beta1**t))
        scale = real(1.0 / math.sqrt(1.0 - beta2**t))
        for k in range(w.size):
            g = gradient + decay * w[k]
            mk = m[k] + c1 * (g - m[k])
            vk = v[k] + c2 * (g * g - v[k])
            m[k] = mk
            v[k] = vk
            w[k] -= step * mk / (np.sqrt(vk) * scale + small)


def bare_sweep(settings: dict, steps: int) -> Callable[[], None]:
    """A run of `steps` bare sweeps over the weights of a patch network of these settings."""
    size = settings["d"] * 2 * settings["m"]
    start = np.random.default_rng(0).normal(0.0, settings["sigma_0"], size).astype(np.float32)
    numbers = [settings[name] for name in ("lr", "beta1", "beta2", "eps", "weight_decay")]

    def run() -> None:
        sweep(start.copy(), np.zeros_like(start), np.zeros_like(start), steps, *numbers)

    return run
