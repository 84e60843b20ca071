"""What training on the noisy ellipse costs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from adamatlas.problems.step_costs import NOISY_SECONDS


def weights(settings: Mapping[str, Any]) -> int:
    """(x, y)."""
    return 2


def step_seconds(spec: Mapping[str, Any]) -> float:
    """The draw of the noise, which is all there is to it."""
    return NOISY_SECONDS
