"""What training the linear model costs."""

from adamatlas.contracts import Spec
from adamatlas.problems.step_costs import sweep_seconds

TERM_SECONDS = 1.5e-9
"""Per example and coordinate of its noise patch, forward and backward."""


def weights(settings: dict) -> int:
    """d coordinates of two patches."""
    return 2 * settings["d"]


def step_seconds(spec: Spec) -> float:
    """B examples of s + 1 coordinates, and the sweep."""
    settings = spec["settings"]
    terms = spec["schedule"]["batch_size"] * (settings["s"] + 1)
    return sweep_seconds(weights(settings), spec["optimizer"]) + TERM_SECONDS * terms
