"""The noisy ellipse has no sample: a draw is empty."""

import numpy as np

DIMS: dict[str, tuple[str, ...]] = {}


def sample(settings: dict, seed: int, purpose: str = "train", n: int | None = None) -> dict[str, np.ndarray]:
    """Nothing: the seed only names the stream of the label noise."""
    return {}
