"""What training the matrix factorization costs."""

from adamatlas.contracts import Spec
from adamatlas.problems.step_costs import NOISY_SECONDS, penalized_share, sweep_seconds

TERM_SECONDS = 2e-10
"""Per multiplication of a product of two matrices."""


def weights(settings: dict) -> int:
    """L factors of d x d."""
    return settings["depth"] * settings["d"] ** 2


def step_seconds(spec: Spec) -> float:
    """Chains of L - 1 products, three without a penalty, B measurements, and the sweep."""
    settings, size = spec["settings"], spec["schedule"]["batch_size"]
    penalty = {"per_example_gradient": 6 * size, "full_gradient": 5}
    chains = 3 + penalized_share(spec) * penalty.get(spec["regularizer"]["regularizer"], 0)
    terms = chains * (settings["depth"] - 1) * settings["d"] ** 3 + 2 * size * settings["d"] ** 2
    return NOISY_SECONDS + sweep_seconds(weights(settings), spec["optimizer"]) + TERM_SECONDS * terms
