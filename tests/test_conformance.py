"""Every problem, regularizer, preset and engine that a config allows, found by asking the project.

Nothing is listed by hand: a new preset, regularizer, problem or network is held to this once it is there.
"""

from __future__ import annotations

import itertools
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import get_args

import numpy as np
import pytest
import xarray as xr

from adamatlas import config, declarations, registry
from adamatlas.config import keys
from adamatlas.engines import run
from adamatlas.engines.checkpoints import Checkpoint
from adamatlas.optimizers.presets import PRESETS

SCHEDULE = {"steps": 12, "batch_size": 10, "snapshots": 4, "snapshot_spacing": "linear", "moments": True}
SETTINGS = {"lr": 1e-2, "eps": 1e-6, "weight_decay": 1e-2, "beta1": 0.8, "reg_factor": 1.0}
HALF = 6
OTHERWISE = {
    "diagonal_net": {"start": "normal", "label_noise": "gaussian", "d": 100},
    "noisy_ellipse": {"batch_size": "full"},
}
"""Where the defaults do not serve: gradients of exactly 0, whose sign rounding decides; one example."""


MOST_WEIGHTS = 100_000
"""Larger networks are held to the same in tests/problems/, one step at a time."""


def light(problem, network):
    """Whether a network takes the images of the default set and is small enough for all this."""
    try:
        settings = keys.settings_module(problem).Settings(network=network)
    except ValueError:
        return False
    cost = registry.module("problems", problem, part="cost")
    return cost.weights(settings.model_dump()) < MOST_WEIGHTS


def cases():
    """(problem, network, regularizer, preset) of all that can be said."""
    for problem in registry.names("problems"):
        network = keys.settings_module(problem).Settings.model_fields.get("network")
        networks = (
            [name for name in get_args(network.annotation) if light(problem, name)] if network else [None]
        )
        regularizers = ("none", *keys.settings_module(problem).REGULARIZERS)
        yield from itertools.product([problem], networks, regularizers, sorted(PRESETS))


ALL = pytest.mark.parametrize(("problem", "network", "regularizer", "preset"), list(cases()))


def spec_of(engine, problem, network, regularizer, preset, **lanes):
    """What the config makes of it: twelve steps of two seeds; `lanes` are axes {name: values}."""
    settings = SETTINGS | SCHEDULE | {"problem": problem, "engine": engine, "optimizer": preset}
    settings |= {"network": network} if network else {}
    settings |= {"dtype": "float64"} if "reference" in keys.engines(problem) else {}
    settings |= OTHERWISE.get(problem, {})
    settings = {name: value for name, value in settings.items() if PRESETS[preset].get(name) is None}
    measure = min(declarations.of_problem(problem), key=lambda measure: len(measure.needs))
    study = {"settings": settings, "seeds": 2, "measures": [measure.name]}
    if lanes:
        study |= {"grid": [lanes], "lanes": sorted(lanes)}
    tree = {"papers": {"tiny": {}}, "studies": {"tiny.one": study}}
    (item,) = config.load(tree).studies.values()
    (cell,) = item.cells
    spec = cell.blocks[0].train_spec
    if regularizer != "none":  # laid over the spec, for not every measure takes regularized runs
        spec = spec | {"regularizer": spec["regularizer"] | {"regularizer": regularizer, "reg_lambda": 1e-2}}
    return spec, cell.blocks[0].data_spec


@cache
def draws_of(problem, settings, seeds):
    sample = registry.module("problems", problem, part="data").sample
    return {seed: sample(dict(settings), seed) for seed in seeds}


def trained(engine, *case, lanes=None, **how):
    spec, data = spec_of(engine, *case, **(lanes or {}))
    draws = draws_of(case[0], tuple(data["settings"].items()), tuple(data["seeds"]))
    return run.train(registry.module("engines", engine), spec, draws, **how).to_xarray()


def halfway(group):
    while group.step < HALF:
        group.advance(HALF - group.step)


def first(problem):
    return keys.engines(problem)[0]


@ALL
def test_the_engines_agree(problem, network, regularizer, preset):
    case = (problem, network, regularizer, preset)
    one = trained(first(problem), *case)
    assert not (one["status"] == 0).any()
    for engine in keys.engines(problem)[1:]:
        other = trained(engine, *case)
        assert one.sizes == other.sizes
        np.testing.assert_array_equal(one["status"], other["status"])
        np.testing.assert_allclose(one["w"], other["w"], rtol=1e-6, atol=1e-9)


@ALL
def test_lanes_alone_together_and_resumed_have_the_same_bits(problem, network, regularizer, preset, tmp_path):
    case = (problem, network, regularizer, preset)
    engine, lanes = first(problem), {"lr": [1e-3, 1e-2]}
    together = trained(engine, *case, lanes=lanes, threads=2)
    alone = trained(engine, *case)
    xr.testing.assert_equal(alone["w"], together["w"][2:].drop_vars("lr"))

    spec, data = spec_of(engine, *case, **lanes)
    draws = draws_of(problem, tuple(data["settings"].items()), tuple(data["seeds"]))
    module = registry.module("engines", engine)
    parts = registry.module("problems", problem, part=engine)
    groups = [run.Group(spec, lane) for lane in module.build(parts, spec, draws, "cpu")]
    with ThreadPoolExecutor(1, initializer=module.prepare) as pool:  # it sets how its thread rounds
        list(pool.map(halfway, groups))
    Checkpoint(tmp_path, spec).save(groups)
    xr.testing.assert_identical(trained(engine, *case, lanes=lanes, checkpoints=tmp_path), together)
