"""Test draws of the patch distribution, apart from what every measure needs: drawing them loads numba."""

from __future__ import annotations

import json

import numpy as np

from adamatlas.problems.patch_cnn.data import sample

BYTES = 2**29
"""Draws of up to so many bytes are kept for the next trace: ten seeds of 10,000 points with s = 400."""

kept: dict[str, dict[str, np.ndarray]] = {}


def test_draw(settings: dict, seed: int, n: int) -> dict[str, np.ndarray]:
    """The test draw of one seed, regenerated (purpose "test"); the last few are kept."""
    settings = {key: settings[key] for key in ("sampler", "d", "n", "s")}
    key = json.dumps([settings, seed, n], sort_keys=True)
    if key not in kept:
        kept[key] = sample(settings, seed, purpose="test", n=n)
        while len(kept) > 1 and sum(map(_size, kept.values())) > BYTES:
            del kept[next(iter(kept))]
    return kept[key]


test_draw.__test__ = False


def _size(draw: dict[str, np.ndarray]) -> int:
    return sum(values.nbytes for values in draw.values())
