"""Figure 2: the course of full-batch Adam and gradient descent."""

from __future__ import annotations

import xarray as xr

from adamatlas.claims import courses
from adamatlas.claims.rules import Claim

REQUIRES = ("label", "optimizer", "seed", "snapshot")
QUANTITIES = ("feature", "noise_max", "noise_min")


def judge(cube: xr.Dataset) -> list[Claim]:
    """Panel (a), Adam, and panel (b), gradient descent; both classes."""
    adam = ("Full-batch Adam", "Figure 2(a), Lemmas 5.2 to 5.4")
    gd = ("Gradient descent", "Figure 2(b), Lemmas 5.6 and 5.7")
    return [
        courses.rises_then_flips(cube, "adam_flip", *adam, optimizer="adam"),
        courses.noise_grows(cube, "adam_noise", *adam, optimizer="adam"),
        courses.noise_saturates(cube, "adam_saturates", *adam, optimizer="adam"),
        courses.feature_plateaus(cube, "gd_feature", *gd, optimizer="gd"),
        courses.noise_stays_low(cube, "gd_noise", *gd, optimizer="gd"),
    ]
