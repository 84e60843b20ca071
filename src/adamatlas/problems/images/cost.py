"""What training an image network costs, roughly: from its multiplications and its number of weights."""

from adamatlas.contracts import Spec
from adamatlas.datasets.catalogue import SETS, shape_of
from adamatlas.problems.images.settings import network_says
from adamatlas.problems.step_costs import penalized, sweep_seconds

START_SECONDS = 2.0
"""Importing torch."""
STEP_SECONDS, MULTIPLY_ADD_SECONDS = 4e-4, 1.5e-10
"""Of any step, and of a multiplication, forward and backward; half as long in wide convolutions."""
GPU_START_SECONDS = 10.0
GPU_STEP_SECONDS, GPU_MULTIPLY_ADD_SECONDS = 7e-4, 2.9e-14
"""On an H200, with several lanes at once where minibatches are small."""
GPU_FACTORS = {"bfloat16": 1.0, "tf32": 1.8, "float32": 4.0}
FACTORS = {"per_example_gradient": 3.0, "full_gradient": 3.0}


def weights(settings: dict) -> int | None:
    """Those of the network on images of this shape; None where it does not say, or the set its classes."""
    channels, rows, _ = shape_of(settings)
    said = network_says(settings["network"], "PARAMETERS")
    if isinstance(said, dict):
        said = said.get(rows)
    classes = SETS[settings["dataset"]].classes
    return said and classes and said[0] + said[1] * channels + said[2] * classes


def gpu_step_seconds(spec: Spec) -> float | None:
    """The same on a GPU."""
    multiply_adds = _multiply_adds(spec)
    if multiply_adds is None:
        return None
    each = GPU_MULTIPLY_ADD_SECONDS * GPU_FACTORS[spec["settings"]["precision"]]
    return (GPU_STEP_SECONDS + each * multiply_adds) * penalized(spec, FACTORS)


def _multiply_adds(spec: Spec) -> float | None:
    """Multiplications of a minibatch's forward pass."""
    each = network_says(spec["settings"]["network"], "MULTIPLY_ADDS")
    _, rows, columns = shape_of(spec["settings"])
    return each and each * spec["schedule"]["batch_size"] * rows * columns


def step_seconds(spec: Spec) -> float | None:
    """The minibatch's multiplications and the update of the weights; None where the network does not say."""
    multiply_adds, count = _multiply_adds(spec), weights(spec["settings"])
    if multiply_adds is None or count is None:
        return None
    plain = STEP_SECONDS + MULTIPLY_ADD_SECONDS * multiply_adds
    return plain * penalized(spec, FACTORS) + sweep_seconds(count, spec["optimizer"])
