"""Equation (3): does the label-noise ODE track the optimizers on a diagonal network?"""

from __future__ import annotations

import xarray as xr

from adamatlas.claims import slow_ode
from adamatlas.claims.rules import Claim

REQUIRES = ("factor", "lr", "optimizer", "seed")
QUANTITIES = ("ode_gap",)


def judge(cube: xr.Dataset) -> list[Claim]:
    """Each optimizer is tracked at the smallest lr, and better at smaller ones; and the printed factor."""
    return slow_ode.judge(cube, "on the diagonal network")
