"""Figure 2: who learns the signal, and at which noise."""

from __future__ import annotations

import numpy as np
import xarray as xr

from adamatlas.claims.rules import Claim, above, claim, share
from adamatlas.claims.words import by_noise
from adamatlas.readings import meng2023

REQUIRES = ("output_scale", "reg_lambda", "regularizer", "seed", "sigma_p", "snapshot")
QUANTITIES = ("signal",)
LEARNED = 10
"""By what factor the signal must exceed its start to count as learned."""


def judge(cube: xr.Dataset) -> list[Claim]:
    """PEGR learns everywhere, the others at low noise alone; as stated and rescaled."""
    out = [
        one
        for variant in meng2023.VARIANTS
        for one in (
            _learns(cube, variant, meng2023.LAMBDA, f"pegr_{variant}"),
            _fails(cube, "fgr", variant),
            _fails(cube, "standard", variant),
            _all_learn(cube, variant),
        )
    ]
    return [*out, _learns(cube, "rescaled", meng2023.LARGER, "pegr_larger_lambda")]


def growth(found: xr.Dataset) -> np.ndarray:
    """signal at the end over its start (seed, sigma_p)."""
    return meng2023.ends(found, "signal") / meng2023.starts(found, "signal")


def _learns(cube: xr.Dataset, variant: str, strength: float, name: str) -> Claim:
    found = meng2023.part(cube, "pegr", variant, strength)
    ratio = growth(found)
    return claim(
        cube,
        name,
        source="Figure 2",
        statement=f"{meng2023.who('pegr', variant)}, lambda = {strength:g}: the signal is learned at every "
        "sigma_p",
        quantity=f"share of seeds in which signal ends above {LEARNED} x its start at every sigma_p",
        estimate=share(meng2023.every(ratio > LEARNED, ratio)),
        rule=above(0.5),
        note=by_noise(found, ratio),
        group="meng2023.fig2",
    )


def _fails(cube: xr.Dataset, method: str, variant: str) -> Claim:
    found = meng2023.noisy(meng2023.part(cube, method, variant))
    ratio = growth(found)
    return claim(
        cube,
        f"{method}_{variant}",
        source="Figure 2",
        statement=f"{meng2023.who(method, variant)}: the signal is not learned at sigma_p of 0.5 and more",
        quantity=f"share of seeds in which signal ends below {LEARNED} x its start at each of these sigma_p",
        estimate=share(meng2023.every(ratio <= LEARNED, ratio)),
        rule=above(0.5),
        note=by_noise(found, ratio),
        group="meng2023.fig2",
    )


def _all_learn(cube: xr.Dataset, variant: str) -> Claim:
    parts = meng2023.common(meng2023.quiet(meng2023.part(cube, name, variant)) for name in meng2023.METHODS)
    ratios = dict(zip(meng2023.METHODS, map(growth, parts), strict=True))
    together = np.concatenate(list(ratios.values()), axis=1)
    medians = [
        f"{meng2023.METHODS[name][1]}: {np.median(known):.3g}"
        for name, ratio in ratios.items()
        if (known := ratio[np.isfinite(ratio)]).size
    ]
    return claim(
        cube,
        f"low_noise_{variant}",
        source="Figure 2",
        statement=f"All three methods ({meng2023.VARIANTS[variant][1]}) learn the signal at sigma_p 0.1",
        quantity=f"share of seeds in which signal ends above {LEARNED} x its start under each method",
        estimate=share(meng2023.every(together > LEARNED, together)),
        rule=above(0.5),
        note=f"Median ratio: {', '.join(medians)}." if medians else "",
        group="meng2023.fig2",
    )
