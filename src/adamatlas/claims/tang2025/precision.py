"""Image networks whose products are rounded: what that changes of the test error."""

import xarray as xr

from adamatlas.claims.estimates import mean
from adamatlas.claims.rules import Claim, claim, within
from adamatlas.readings import image_sweeps as sweeps
from adamatlas.readings import images, names
from adamatlas.selection import at_end, runs

REQUIRES = ("precision", "network", "optimizer", "seed")
QUANTITIES = ("test_accuracy",)
ALIKE = 0.01
"""A change of the test error that is called none."""


def judge(cube: xr.Dataset) -> list[Claim]:
    """The mean test error is that of float32, within ALIKE."""
    found = []
    for title, point in images.runs_of(cube).items():
        errors = sweeps.error(at_end(runs(cube, "seed", "precision", **point), "test_accuracy"))
        exact = errors.reindex(precision=["float32"]).sel(precision="float32")
        for precision in ("tf32", "bfloat16"):
            if precision not in cube["precision"].values:
                continue
            change = (errors.sel(precision=precision) - exact).reindex(seed=cube["seed"])
            found.append(
                claim(
                    cube,
                    f"{images.key(cube, point)}_{precision}",
                    kind="check",
                    source="Beyond the paper: products of lower precision",
                    statement=f"{title}: with products of {names.name(precision)} the test error is that of "
                    f"float32, within {ALIKE:g}",
                    quantity="test error minus that with float32, mean over seeds",
                    estimate=mean(change),
                    rule=within(-ALIKE, ALIKE),
                    note=f"{images.ran(cube)}. Test error with float32: {float(exact.mean()):.3f}.",
                )
            )
    return found
