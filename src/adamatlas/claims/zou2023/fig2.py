"""Figure 2: the course of full-batch Adam and gradient descent, and when the feature takes off."""

import numpy as np
import xarray as xr

from adamatlas.claims import courses
from adamatlas.claims.estimates import mean
from adamatlas.claims.rules import Claim, claim, within
from adamatlas.claims.words import span
from adamatlas.selection import constant, history, runs
from adamatlas.theory.tensor_power import crossing, reaches

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
        _take_off(cube),
    ]


def _take_off(cube: xr.Dataset) -> Claim:
    part = runs(cube, optimizer="gd")
    feature = history(part, "feature").transpose("seed", "snapshot", "label")
    q, level = constant(cube, "q", 3), 1 / constant(cube, "m", 20)
    lr = float(part["lr"]) if "lr" in part.coords else float(constant(part, "lr", np.nan))
    seen = crossing(feature["step"].values, feature.values, level, q)
    said = reaches(level, feature.values[:, 0], q, lr)
    return claim(
        cube,
        "gd_takes_off",
        kind="extension",
        source="Lemma A.8, with its constant",
        statement="Gradient descent's feature reaches 1/m after T_j = 4 (z_0^(2-q) - m^(q-2)) / "
        "(q (q-2) eta) steps, z_0 = max_r <w_jr(0), j v>: Theta~(sigma_0^(2-q) / eta) as a number",
        quantity="steps until the feature is at 1/m / T_j, mean over classes",
        estimate=mean(seen / said),
        rule=within(0.9, 1.1),
        note=f"Steps {span(seen, '.0f')} from z_0 {span(feature.values[:, 0])}; ratio {span(seen / said)}.",
    )
