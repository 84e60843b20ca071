"""Figure 2: the course of full-batch Adam and gradient descent."""

from __future__ import annotations

import xarray as xr

from adamatlas.claims import _dynamics as dynamics
from adamatlas.claims.rules import Claim

REQUIRES = ("label", "optimizer", "seed", "snapshot")
QUANTITIES = ("feature", "noise_min", "noise_max")


def judge(cube: xr.Dataset) -> list[Claim]:
    """Panel (a), Adam, and panel (b), gradient descent; both classes."""
    adam = ("Full-batch Adam", "Figure 2(a), Lemmas 5.2 to 5.4")
    gd = ("Gradient descent", "Figure 2(b), Lemmas 5.6 and 5.7")
    return [
        dynamics.rises_then_flips(cube, "adam_flip", *adam, optimizer="adam"),
        dynamics.noise_grows(cube, "adam_noise", *adam, optimizer="adam"),
        dynamics.noise_saturates(cube, "adam_saturates", *adam, optimizer="adam"),
        dynamics.feature_plateaus(cube, "gd_feature", *gd, optimizer="gd"),
        dynamics.noise_stays_low(cube, "gd_noise", *gd, optimizer="gd"),
    ]
