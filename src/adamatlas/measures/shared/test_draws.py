"""Test draws of the patch distribution; a module of its own, for drawing them loads numba."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import xarray as xr

from adamatlas.lanes import Lane
from adamatlas.measures.shared.lanes import lanes_by_draw, training_draw
from adamatlas.problems.patch_cnn.data import sample

BYTES = 2**29
"""Draws of up to so many bytes are kept for the next trace: ten seeds of 10,000 points with s = 400."""

kept: dict[str, dict[str, np.ndarray]] = {}


def with_test_draws(
    trace: xr.Dataset, data: xr.Dataset, n: int, arrange: Callable[[dict, dict], Any]
) -> Iterator[tuple[list[Lane], Any, Any]]:
    """(lanes of one draw, `arrange(draw, settings)` of their training draw, the same of n test points)."""
    for lanes in lanes_by_draw(trace):
        settings, seed = lanes[0].settings, lanes[0].seed
        train, test = training_draw(data, seed), draw_test_points(settings, seed, n)
        yield lanes, arrange(train, settings), arrange(test, settings)


def draw_test_points(settings: dict, seed: int, n: int) -> dict[str, np.ndarray]:
    """The test draw of one seed, regenerated (purpose "test"); the last few are kept."""
    settings = {key: settings[key] for key in ("sampler", "d", "n_train", "s")}
    key = json.dumps([settings, seed, n], sort_keys=True)
    if key not in kept:
        kept[key] = sample(settings, seed, purpose="test", n=n)
        while len(kept) > 1 and sum(x.nbytes for draw in kept.values() for x in draw.values()) > BYTES:
            del kept[next(iter(kept))]
    return kept[key]
