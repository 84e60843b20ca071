"""Times and bounds of meng2023's propositions, with |mu| = 1.

`at` holds d, n_train, m, sigma_p, sigma_0 and lr.
"""

import math
from collections.abc import Mapping
from typing import Any

DELTA = 0.1
"""The probability with which the statements may fail."""

At = Mapping[str, Any]


def largest_signal(at: At) -> float:
    """sqrt(2 log(8m/delta)), the largest |<w_jr(0), mu>| over sigma_0 (Lemma B.3)."""
    return math.sqrt(2.0 * math.log(8 * at["m"] / DELTA))


def largest_noise(at: At) -> float:
    """A = 2 sqrt(log(8mn/delta)) sigma_0 sigma_p sqrt(d), the largest |<w_jr(0), xi_i>| (Lemma B.3)."""
    return 2.0 * _root(at) * at["sigma_0"] * at["sigma_p"] * math.sqrt(at["d"])


def signal_time(at: At, corrected: bool = False) -> float:
    """T1 = m/eta log(4 / (sqrt(2 log(8m/delta)) sigma_0 log n)) of Theorem 3.2 and Proposition 5.6.

    A class has n/2 examples, so that the signal grows at the rate eta/(2m) where the proof of Proposition D.4
    writes eta/m: corrected, T1 is twice as long.
    """
    reach = 4.0 / (largest_signal(at) * at["sigma_0"] * math.log(at["n_train"]))
    return (2 if corrected else 1) * at["m"] / at["lr"] * math.log(reach)


def signal_reached(at: At) -> float:
    """The least max_r gamma_jr at T1 (Proposition 5.6): 1 / (sqrt(2 log(8m/delta)) log n)."""
    return 1.0 / (largest_signal(at) * math.log(at["n_train"]))


def fitting_time(at: At, eps: float) -> float:
    """T2 of Proposition 5.7, within which the loss falls below eps after T1."""
    rate = at["lr"] * (1.0 - math.exp(-eps)) / (2.0 * at["n_train"] * at["m"])
    return math.log(largest_signal(at) * math.log(at["n_train"]) * at["d"]) / rate


def coefficient_bounds(at: At, steps: float) -> tuple[float, float]:
    """(lowest rho, largest gamma and rho) within `steps` steps without regularizer (Proposition 5.4).

    The lowest without its -beta, the products at the start.
    """
    n, horizon = at["n_train"], math.log(steps)
    return -64 * n * math.sqrt(math.log(4 * n**2 / DELTA) / at["d"]) * horizon, 4 * horizon


def noise_time(at: At) -> float:
    """T1 of Proposition E.1, when noise is memorized without regularizer."""
    reach = 0.8 / (math.log(at["n_train"]) * largest_noise(at))
    return at["n_train"] * at["m"] / (at["lr"] * at["sigma_p"] ** 2 * at["d"]) * math.log(reach)


def noise_reached(at: At) -> tuple[float, float]:
    """The range of max_r rho_jri, j = y_i, at that time (Proposition E.1)."""
    log_n = math.log(at["n_train"])
    return 1.0 / (21 * log_n * _root(at)), 2.0 / log_n


def _root(at: At) -> float:
    return math.sqrt(math.log(8 * at["m"] * at["n_train"] / DELTA))
