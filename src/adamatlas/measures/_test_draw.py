"""Test draws of the patch distribution, apart from what every measure needs: drawing them loads numba."""

from __future__ import annotations

import json
from functools import lru_cache

import numpy as np

from adamatlas.problems.patch_cnn.data import sample

KEPT = 10
"""Draws kept: those of a block of seeds, for the next trace of the same data."""


def test_draw(settings: dict, seed: int, n: int) -> dict[str, np.ndarray]:
    """The test draw of one seed, regenerated (purpose "test"); the last few are kept."""
    kept = {key: settings[key] for key in ("sampler", "d", "n", "s")}
    return _sample(json.dumps(kept, sort_keys=True), seed, n)


test_draw.__test__ = False


@lru_cache(maxsize=KEPT)
def _sample(settings: str, seed: int, n: int) -> dict[str, np.ndarray]:
    return sample(json.loads(settings), seed, purpose="test", n=n)
