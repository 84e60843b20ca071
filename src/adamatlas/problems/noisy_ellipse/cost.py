"""What training on the noisy ellipse costs."""

from adamatlas.contracts import Spec
from adamatlas.problems.step_costs import NOISY_SECONDS


def weights(settings: dict) -> int:
    """(x, y)."""
    return 2


def step_seconds(spec: Spec) -> float:
    """The draw of the noise, which is all there is to it."""
    return NOISY_SECONDS
