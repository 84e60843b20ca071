"""tang2025's data under AdamE: does the exponent lead from gradient descent's generalization to Adam's?"""

from functools import partial

import numpy as np
import xarray as xr

from adamatlas.claims.cross.cells import known, side_by_side
from adamatlas.claims.estimates import every
from adamatlas.claims.rules import Claim, above, claim
from adamatlas.claims.words import summaries
from adamatlas.readings.cross import batch_name, batch_sizes, over_exponent

REQUIRES = ("batch_size", "label", "v_exponent", "seed", "snapshot")
QUANTITIES = ("feature", "test_error")
GENERALIZES = 0.01
ADAM = 0.5
BELOW_ADAM = 0.375


def judge(cube: xr.Dataset) -> list[Claim]:
    """In large batches gradient descent, Adam and what lies between them; in small ones all exponents."""
    large = [size for size in batch_sizes(cube) if size > 2]
    lowest = cube.assign(feature=cube["feature"].min("label", skipna=False))
    errors = [over_exponent(cube, "test_error", size) for size in large]
    features = [over_exponent(lowest, "feature", size) for size in large]
    small = [over_exponent(cube, "test_error", size) for size in batch_sizes(cube) if size == 2]
    judged = partial(
        claim, cube, kind="extension", source="ours: li2025's AdamE, tang2025's data", rule=above(0.5)
    )
    generalizes = f"share of seeds with test_error < {GENERALIZES:g} at the end"
    return [
        judged(
            "adam_fails",
            statement="In large batches Adam, exponent 1/2, generalizes worse than chance",
            quantity="share of seeds with test_error > 1/2 at the end",
            estimate=every(side_by_side(known(e > 0.5, e).sel(v_exponent=_at(e, ADAM)) for e in errors)),
            note=_means(cube, large, errors),
        ),
        judged(
            "switch",
            statement="In large batches AdamE generalizes at each exponent from 0, gradient descent, to 3/8: "
            "what leads to Adam is a switch beyond that",
            quantity=generalizes,
            estimate=every(
                side_by_side(
                    known(e < GENERALIZES, e).isel(v_exponent=e["v_exponent"] <= BELOW_ADAM) for e in errors
                )
            ),
            note=_means(cube, large, errors),
        ),
        judged(
            "feature_falls",
            statement="In large batches the feature falls from each exponent to the next",
            quantity="share of seeds in which the smaller of the classes' features does",
            estimate=every(
                side_by_side(known(fall < 0, fall) for fall in (f.diff("v_exponent") for f in features))
            ),
            note=_means(cube, large, features),
        ),
        judged(
            "small_batches",
            statement="At B=2 AdamE generalizes at each exponent, Adam's too",
            quantity=generalizes,
            estimate=every(side_by_side(known(e < GENERALIZES, e) for e in small)),
        ),
    ]


def _at(found: xr.DataArray, exponent: float) -> np.ndarray:
    return found["v_exponent"].values[np.isclose(found["v_exponent"].values, exponent)]


def _means(cube: xr.Dataset, sizes: list[int], found: list[xr.DataArray]) -> str:
    means = (summaries(part["v_exponent"].values, part.values, of=np.mean) for part in found)
    return "; ".join(
        f"{batch_name(cube, size)}, means by exponent {said}" for size, said in zip(sizes, means, strict=True)
    )
