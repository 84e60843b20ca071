"""meng2023's Figures 2 to 4: what PEGR, FGR and standard training do over noise levels, in most seeds."""

from collections.abc import Callable
from typing import Any

import xarray as xr

from adamatlas.claims.rules import Claim, above, claim
from adamatlas.readings.meng2023 import LAMBDA, TWICE, VARIANTS, common, noisy, part, quiet, who

Judged = dict[str, Any]
"""Statement, quantity, estimate, and where there is one, note and paper_value of a claim."""
LEAST = 0.5
"""A statement about the runs of a figure holds if it does in most seeds, in each of its cells."""


def judge(
    cube: xr.Dataset,
    group: str,
    succeeds: Callable[[xr.Dataset, xr.Dataset, str], Judged],
    fail: Callable[[list[xr.Dataset], str], Judged],
    low_noise: Callable[[list[xr.Dataset], str], Judged],
) -> list[Claim]:
    """PEGR succeeds, the others fail at high noise, all succeed at low noise; in each reading of the paper.

    `succeeds` gets the runs of PEGR and of standard training, `fail` those of FGR and standard training at
    high noise, `low_noise` those of all at low noise; each also gets the subject of its statement.
    """
    found: dict[str, Judged] = {}
    for variant, (_, layer) in VARIANTS.items():
        pegr, others = (
            part(cube, "pegr", variant),
            [part(cube, name, variant) for name in ("fgr", "standard")],
        )
        found[f"pegr_{variant}"] = succeeds(pegr, others[1], who("pegr", variant))
        subject = f"FGR and standard training ({layer})"
        found[f"others_{variant}"] = fail(common(map(noisy, others)), subject)
        parts = common(map(quiet, (pegr, *others)))
        found[f"low_noise_{variant}"] = low_noise(parts, f"All three methods ({layer})")
    twice, standard = part(cube, "pegr", "rescaled", TWICE), part(cube, "standard", "rescaled")
    subject = f"PEGR (second layer 1) with the factor lambda of FGR for lambda/2, at lambda = {LAMBDA:g}"
    found["pegr_factor_one"] = succeeds(twice, standard, subject)
    source = f"Sec. 4.1, Figure {group[-1]}"
    return [
        claim(cube, name, kind="reported", source=source, rule=above(LEAST), group=group, **judged)
        for name, judged in found.items()
    ]
