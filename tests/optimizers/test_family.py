"""A key that is added to the family is never ignored: what does not know it refuses it, or steps aside."""

from __future__ import annotations

import numpy as np
import pytest
from helpers import ADAM, NO_REGULARIZER, PATCH_CNN, data_file, train, train_spec
from noisy import OPTIMIZER
from noisy import data_file as noisy_data
from noisy import train_spec as noisy_spec

from adamatlas.config.cells import resolve
from adamatlas.config.models import Optimizer
from adamatlas.engines import fused, reference
from adamatlas.errors import UserError
from adamatlas.lanes import Lane
from adamatlas.measures import sign_regime
from adamatlas.optimizers import family
from adamatlas.optimizers.presets import PRESETS
from adamatlas.optimizers.rule import KEYS, rule
from adamatlas.problems.diagonal_net import single
from adamatlas.problems.noisy_ellipse import kernels as ellipse
from adamatlas.problems.patch_cnn import span
from adamatlas.problems.patch_cnn.data import sample
from adamatlas.problems.patch_cnn.sample import arrange

NONE = {"kind": "none", "weight": 0.0, "off_step": 0}
LOOKAHEAD = {"lookahead": True}


@pytest.fixture
def lookahead(monkeypatch):
    """The family with one flag more, that nothing knows."""
    monkeypatch.setitem(family.NEUTRAL, "lookahead", False)


def test_keys_that_have_no_part_are_left_out():
    sgd = {**ADAM, **PRESETS["sgd"], "weight_decay": 0.0}
    assert family.uses(sgd) == {"lr"}
    assert family.uses({**sgd, "v_floor": 1.0, "v_block": "layer", "decay_kind": "decoupled"}) == {"lr"}
    assert family.uses({**ADAM, "sign": True}) == {"lr", "beta1", "weight_decay", "sign"}
    assert family.uses({**ADAM, "v_floor": 0.1}) == set(ADAM) - {"v_block", "decay_kind", "sign"}


def test_what_a_config_sets_is_in_the_family():
    assert {*Optimizer.model_fields} - {"optimizer"} <= {*family.NEUTRAL}


@pytest.mark.parametrize("preset", sorted(PRESETS))
def test_every_preset_has_a_form(preset):
    assert rule({**ADAM, **PRESETS[preset]}).form in KEYS


def test_fast_paths_serve_what_they_know():
    gd = {**ADAM, **PRESETS["gd"], "weight_decay": 0.0}
    dense = arrange_dense()
    assert span.applies(dense, gd)
    assert single.applies(gd, NONE, 1)
    assert single.applies({**ADAM, "weight_decay": 0.0}, NONE, 1)
    assert family.uses(ADAM) <= ellipse.KEYS
    for change in ({"weight_decay": 0.1}, {"v_exponent": 0.25}, {"sign": True}):
        assert not span.applies(dense, gd | change)
        assert not single.applies(gd | change, NONE, 1)
    assert not family.uses({**ADAM, "sign": True}) <= ellipse.KEYS


def arrange_dense():
    settings = {**PATCH_CNN, "sampler": "dense", "d": 60, "s": 59, "alpha": 0.0}
    return arrange(sample(settings, 0), settings, "float32")


def test_no_fast_path_serves_a_new_flag(lookahead):
    gd = {**ADAM, **PRESETS["gd"], "weight_decay": 0.0}
    dense = arrange_dense()
    assert span.applies(dense, gd | {"lookahead": False})
    assert not span.applies(dense, gd | LOOKAHEAD)
    assert single.applies(gd | {"lookahead": False}, NONE, 1)
    assert not single.applies(gd | LOOKAHEAD, NONE, 1)
    assert not single.applies({**ADAM, "weight_decay": 0.0, **LOOKAHEAD}, NONE, 1)
    assert not family.uses(ADAM | LOOKAHEAD) <= ellipse.KEYS


@pytest.mark.parametrize("preset", sorted(PRESETS))
def test_the_sweeps_refuse_a_new_flag(lookahead, preset):
    assert rule({**ADAM, **PRESETS[preset], "lookahead": False}) == rule({**ADAM, **PRESETS[preset]})
    with pytest.raises(UserError, match="optimizer: no pass of the update rule knows lookahead"):
        rule({**ADAM, **PRESETS[preset], **LOOKAHEAD})


@pytest.mark.parametrize("engine", [fused, reference])
def test_engines_and_measures_refuse_a_new_flag_in_one_line(lookahead, engine):
    with pytest.raises(UserError, match=r"^optimizer: .* lookahead[^\n]*$"):
        train(engine, train_spec(optimizer=ADAM | LOOKAHEAD), data_file())
    for problem in ("diagonal_net", "noisy_ellipse"):
        spec = noisy_spec(problem)
        with pytest.raises(UserError, match=r"^optimizer: .* lookahead[^\n]*$"):
            train(engine, spec | {"optimizer": OPTIMIZER | LOOKAHEAD}, noisy_data(problem))
    lane = Lane(0, 0, PATCH_CNN, ADAM | LOOKAHEAD, NO_REGULARIZER)
    w = np.zeros((40, 6))
    with pytest.raises(UserError, match="lookahead"):
        sign_regime.next_update(w, w, w, 0, np.zeros((4, 40)), np.ones(4), lane)


@pytest.mark.parametrize("engine", [fused, reference])
def test_engines_refuse_a_regularizer_that_they_do_not_know(engine):
    spec = train_spec(regularizer=NO_REGULARIZER | {"regularizer": "sam"})
    with pytest.raises(
        UserError, match=r"^regularizer: found 'sam'; must be one of none, per_example_gradient, "
    ):
        train(engine, spec, data_file())


@pytest.mark.parametrize("engine", [fused, reference])
def test_engines_refuse_a_key_that_is_none_of_the_family(engine):
    with pytest.raises(UserError, match=r"^optimizer: the update rule has no key 'lion'; known are lr, "):
        train(engine, train_spec(optimizer=ADAM | {"lion": True}), data_file())


def test_a_preset_with_a_key_that_is_none_of_the_family_is_an_error(monkeypatch):
    monkeypatch.setitem(PRESETS, "lion", {**PRESETS["signum"], "beta_1": 0.9})
    with pytest.raises(
        UserError, match=r"preset lion: the update rule has no key 'beta_1'; did you mean 'beta1'"
    ):
        resolve("patch_cnn", {"optimizer": "lion", "lr": 1e-3}, set())
