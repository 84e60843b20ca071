"""Proposition E.1: what is memorized without a regularizer in the first stage."""

import numpy as np
import xarray as xr

from adamatlas.claims.estimates import share
from adamatlas.claims.rules import Claim, above, claim
from adamatlas.claims.words import span
from adamatlas.readings.meng2023 import holds, numbers
from adamatlas.selection import end_values
from adamatlas.theory import signal_noise as theory
from adamatlas.theory.conditions import signal_noise

REQUIRES = ("seed",)
QUANTITIES = ("gamma_max", "rho_max", "rho_reached")


def judge(cube: xr.Dataset) -> list[Claim]:
    """Noise of every example within its bounds, and no signal."""
    at = numbers(cube)
    reached, most, gamma = (end_values(cube, name) for name in ("rho_reached", "rho_max", "gamma_max"))
    low, high = theory.noise_reached(at)
    signal = theory.largest_signal(at) * at["sigma_0"]
    inside = (reached >= low) & (most <= high) & (gamma <= signal)
    return [
        claim(
            cube,
            "noise",
            kind="theory",
            source="Proposition E.1",
            statement="Without regularization, at the end of the first stage, max_r rho_jri of every example "
            "lies in [1/(21 log n sqrt(log(8mn/delta))), 2/log n], and gamma = O~(sigma_0), read as the "
            "largest product at the start",
            quantity=f"{low:.3g} <= rho_reached, rho_max <= {high:.3g}, gamma_max <= {signal:.2g}",
            estimate=share(holds(np.minimum(reached, gamma), inside)),
            rule=above(0.5),
            conditions=signal_noise(at),
            note=f"rho_reached {span(reached)}, rho_max {span(most)}, gamma_max {span(gamma)}.",
        )
    ]
