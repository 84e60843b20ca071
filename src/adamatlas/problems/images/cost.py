"""What training an image network costs."""

import math

from adamatlas.contracts import Spec
from adamatlas.datasets.catalogue import shape_of
from adamatlas.problems.step_costs import penalized

START_SECONDS = 2.0
"""Importing torch."""
STEP_SECONDS, PIXEL_SECONDS = 6e-4, 6e-8
"""Of a step of LeNet5, and per pixel of its minibatch, forward and backward."""
WEIGHTS = {("lenet5", (1, 8, 8)): 21_386, ("lenet5", (1, 28, 28)): 61_706}
FACTORS = {"per_example_gradient": 3.0, "full_gradient": 3.0}


def weights(settings: dict) -> int | None:
    """Those of the network on images of this shape, None where they are not known here."""
    return WEIGHTS.get((settings["network"], shape_of(settings)))


def step_seconds(spec: Spec) -> float | None:
    """The pixels of the minibatch; None for a network that is not known here."""
    if spec["settings"]["network"] != "lenet5":
        return None
    pixels = math.prod(shape_of(spec["settings"]))
    plain = STEP_SECONDS + PIXEL_SECONDS * spec["schedule"]["batch_size"] * pixels
    return plain * penalized(spec, FACTORS)
