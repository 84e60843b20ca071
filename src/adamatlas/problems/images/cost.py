"""What training an image network costs, roughly: from its multiplications and its number of weights."""

from adamatlas.contracts import Spec
from adamatlas.datasets.catalogue import SETS, shape_of
from adamatlas.problems.images.settings import network_says
from adamatlas.problems.step_costs import penalized, sweep_seconds

START_SECONDS = 2.0
"""Importing torch."""
STEP_SECONDS, MULTIPLY_ADD_SECONDS = 4e-4, 1.5e-10
"""Of any step, and of a multiplication, forward and backward; half as long in wide convolutions."""
FACTORS = {"per_example_gradient": 3.0, "full_gradient": 3.0}


def weights(settings: dict) -> int | None:
    """Those of the network on images of this shape; None where it does not say, or the set its classes."""
    channels, rows, _ = shape_of(settings)
    said = network_says(settings["network"], "PARAMETERS")
    if isinstance(said, dict):
        said = said.get(rows)
    classes = SETS[settings["dataset"]].classes
    return said and classes and said[0] + said[1] * channels + said[2] * classes


def step_seconds(spec: Spec) -> float | None:
    """The minibatch's multiplications and the update of the weights; None where the network does not say."""
    settings = spec["settings"]
    each, count = network_says(settings["network"], "MULTIPLY_ADDS"), weights(settings)
    if each is None or count is None:
        return None
    _, rows, columns = shape_of(settings)
    multiply_adds = each * spec["schedule"]["batch_size"] * rows * columns
    plain = STEP_SECONDS + MULTIPLY_ADD_SECONDS * multiply_adds
    return plain * penalized(spec, FACTORS) + sweep_seconds(count, spec["optimizer"])
