"""What training the diagonal network costs."""

from adamatlas.contracts import Spec
from adamatlas.problems.step_costs import NOISY_SECONDS, penalized_share, sweep_seconds

TERM_SECONDS = 1.5e-10
"""Per coordinate of an example, forward and backward."""


def weights(settings: dict) -> int:
    """u and v."""
    return 2 * settings["d"]


def step_seconds(spec: Spec) -> float:
    """B examples of d coordinates, their penalty, and the sweep."""
    settings, size = spec["settings"], spec["schedule"]["batch_size"]
    penalty = {"per_example_gradient": 2, "full_gradient": 1 + 2 * size}
    more = penalized_share(spec) * penalty.get(spec["regularizer"]["regularizer"], 0)
    terms = (more + (1 if size == 1 else 3 * size)) * settings["d"]
    return NOISY_SECONDS + sweep_seconds(weights(settings), spec["optimizer"]) + TERM_SECONDS * terms
