"""Image networks over the batch size where it is not confounded with the number of steps."""

import xarray as xr

from adamatlas.claims.estimates import mean
from adamatlas.claims.rules import Claim, above, claim
from adamatlas.claims.words import summaries
from adamatlas.readings import image_sweeps as sweeps
from adamatlas.readings import images

REQUIRES = ("batch_size", "network", "optimizer", "seed", "snapshot")
QUANTITIES = ("test_accuracy", "train_loss")


def judge(cube: xr.Dataset) -> list[Claim]:
    """The test error of the largest batches above that of the smallest, at equal epochs, steps and loss.

    At equal epochs B times fewer steps are taken, which the paper does not separate.
    """
    found = []
    for what, equal in sweeps.EQUAL.items():
        for title, point in images.runs_of(cube).items():
            errors = sweeps.at_equal(cube, what, **point)
            found.append(
                claim(
                    cube,
                    f"{images.key(cube, point)}_{what}",
                    kind="extension",
                    source="Beyond Figure 1",
                    statement=f"{title} generalizes worse in large batches at equal {equal}",
                    quantity="test error at the largest B minus at the smallest",
                    estimate=mean(sweeps.change(errors, "batch_size")),
                    rule=above(0.0),
                    note=f"{images.ran(cube)}. Medians by B: "
                    f"{summaries(errors['batch_size'].values, errors.values.T, '.3f')}.",
                )
            )
    return found
