"""Figure 4: test accuracy of the three methods."""

from __future__ import annotations

import numpy as np
import xarray as xr

from adamatlas.claims.rules import Claim, above, claim, share
from adamatlas.claims.words import by_noise
from adamatlas.readings import meng2023

REQUIRES = ("output_scale", "reg_lambda", "regularizer", "seed", "sigma_p", "snapshot")
QUANTITIES = ("test_accuracy",)
PERFECT = 0.99
FAILED = 0.9


def judge(cube: xr.Dataset) -> list[Claim]:
    """PEGR generalizes at every noise, the others at low noise alone; then PEGR at a larger lambda."""
    out = [
        one
        for variant in meng2023.VARIANTS
        for one in (
            _reaches(cube, variant, meng2023.LAMBDA, f"pegr_{variant}"),
            _fails(cube, "fgr", variant),
            _fails(cube, "standard", variant),
            _all_reach(cube, variant),
        )
    ]
    return [*out, _reaches(cube, "rescaled", meng2023.LARGER, "pegr_larger_lambda")]


def _reaches(cube: xr.Dataset, variant: str, strength: float, name: str) -> Claim:
    found = meng2023.part(cube, "pegr", variant, strength)
    accuracy = meng2023.ends(found, "test_accuracy")
    return claim(
        cube,
        name,
        source="Figure 4",
        statement=f"{meng2023.who('pegr', variant)}, lambda = {strength:g}: test accuracy 1 at every sigma_p",
        quantity=f"share of seeds with test_accuracy above {PERFECT} at every sigma_p",
        estimate=share(meng2023.every(accuracy > PERFECT, accuracy)),
        rule=above(0.5),
        paper_value=1.0 if strength == meng2023.LAMBDA else None,
        note=by_noise(found, accuracy, ".3f"),
        group="meng2023.fig4",
    )


def _fails(cube: xr.Dataset, method: str, variant: str) -> Claim:
    found = meng2023.noisy(meng2023.part(cube, method, variant))
    accuracy = meng2023.ends(found, "test_accuracy")
    return claim(
        cube,
        f"{method}_{variant}",
        source="Figure 4",
        statement=f"{meng2023.who(method, variant)} does not generalize at sigma_p of 0.5 and more",
        quantity=f"share of seeds with test_accuracy below {FAILED} at each of these sigma_p",
        estimate=share(meng2023.every(accuracy < FAILED, accuracy)),
        rule=above(0.5),
        note=by_noise(found, accuracy, ".3f"),
        group="meng2023.fig4",
    )


def _all_reach(cube: xr.Dataset, variant: str) -> Claim:
    parts = meng2023.common(meng2023.quiet(meng2023.part(cube, name, variant)) for name in meng2023.METHODS)
    accuracy = np.concatenate([meng2023.ends(found, "test_accuracy") for found in parts], axis=1)
    medians = [
        f"{meng2023.METHODS[name][1]} {np.median(column[np.isfinite(column)]):.3f}"
        for name, column in zip(meng2023.METHODS, accuracy.T, strict=False)
        if np.isfinite(column).any()
    ]
    return claim(
        cube,
        f"low_noise_{variant}",
        source="Figure 4",
        statement=f"All three methods ({meng2023.VARIANTS[variant][1]}) reach test accuracy 1 at sigma_p 0.1",
        quantity=f"share of seeds with test_accuracy above {PERFECT} under each method",
        estimate=share(meng2023.every(accuracy > PERFECT, accuracy)),
        rule=above(0.5),
        paper_value=1.0,
        note=f"Medians: {', '.join(medians)}." if medians else "",
        group="meng2023.fig4",
    )
