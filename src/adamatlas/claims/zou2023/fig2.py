"""Figure 2: the course of full-batch Adam and gradient descent."""

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
        *courses.memorizes(cube, "adam", *adam, optimizer="adam"),
        courses.feature_plateaus(cube, "gd", *gd, optimizer="gd"),
        courses.noise_stays_low(cube, "gd", *gd, optimizer="gd"),
    ]
