"""meng2023's Figures 2 to 4: what PEGR, FGR and standard training do over noise levels, in most seeds."""

from collections.abc import Callable
from typing import Any

import xarray as xr

from adamatlas.claims.rules import Claim, above, claim
from adamatlas.readings.meng2023 import LAMBDA, LARGER, METHODS, VARIANTS, common, noisy, part, quiet, who

Judged = dict[str, Any]
"""Statement, quantity, estimate, and where there is one, note and paper_value of a claim."""


def judge(
    cube: xr.Dataset,
    group: str,
    succeeds: Callable[[xr.Dataset, xr.Dataset, str], Judged],
    fails: Callable[[xr.Dataset, str], Judged],
    low_noise: Callable[[list[xr.Dataset], str], Judged],
) -> list[Claim]:
    """PEGR succeeds, the others fail at high noise, all succeed at low noise; as stated and rescaled.

    Then PEGR at a larger lambda. `succeeds` gets the runs of PEGR and of standard training, `fails` runs at
    high noise, `low_noise` those of all methods at low noise; each also gets the subject of its statement.
    """
    found: dict[str, Judged] = {}
    for variant, (_, layer) in VARIANTS.items():
        pegr, fgr, standard = (part(cube, method, variant) for method in METHODS)
        subject = f"{who('pegr', variant)}, lambda = {LAMBDA:g}"
        found[f"pegr_{variant}"] = succeeds(pegr, standard, subject)
        found[f"fgr_{variant}"] = fails(noisy(fgr), who("fgr", variant))
        found[f"standard_{variant}"] = fails(noisy(standard), who("standard", variant))
        parts = common(map(quiet, (pegr, fgr, standard)))
        found[f"low_noise_{variant}"] = low_noise(parts, f"All three methods ({layer})")
    larger = part(cube, "pegr", "rescaled", LARGER)
    subject = f"{who('pegr', 'rescaled')}, lambda = {LARGER:g}"
    found["pegr_larger_lambda"] = succeeds(larger, standard, subject) | {"paper_value": None}
    source = f"Figure {group[-1]}"
    return [
        claim(cube, name, source=source, rule=above(0.5), group=group, **judged)
        for name, judged in found.items()
    ]
