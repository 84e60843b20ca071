"""What training on the noisy ellipse costs."""

from adamatlas.contracts import Spec
from adamatlas.problems.step_costs import NOISY_SECONDS

PAIR_SECONDS = 4.5e-8
"""Two normals."""


def weights(settings: dict) -> int:
    """(x, y)."""
    return 2


def step_seconds(spec: Spec) -> float:
    """The draw of the noise, which is all there is to it."""
    said = {name: [value] for name, value in spec["settings"].items()} | spec["lanes"]
    pairs = any(max(said[name]) > 0 for name in ("gradient_noise_x", "gradient_noise_y"))
    return NOISY_SECONDS + PAIR_SECONDS * pairs
