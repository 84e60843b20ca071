"""The presets are points of the one family."""

from __future__ import annotations

import pytest

from adamatlas.config.cells import resolve
from adamatlas.config.models import Optimizer
from adamatlas.optimizers.presets import PRESETS

GIVEN = {
    "lr": 0.1,
    "beta1": 0.8,
    "beta2": 0.95,
    "eps": 1e-6,
    "v_floor": 0.01,
    "v_exponent": 0.25,
    "weight_decay": 0.3,
}
WORDS = {"v_block": {"coordinate", "neuron", "layer", "all"}, "decay_kind": {"coupled", "decoupled"}}
FLAGS = {"sign"}


def resolved(preset: str, axes: set[str] = frozenset(), **numbers: float) -> dict:
    return resolve("patch_cnn", {**GIVEN, "optimizer": preset, **numbers}, set(axes))


@pytest.mark.parametrize("preset", PRESETS)
def test_a_preset_fixes_known_keys_to_allowed_values(preset):
    fixed = PRESETS[preset]
    assert set(fixed) <= {*Optimizer.model_fields, *WORDS, *FLAGS} - {"optimizer", "lr", "weight_decay"}
    assert all(fixed[key] in allowed for key, allowed in WORDS.items())
    assert all(isinstance(fixed[key], bool) for key in FLAGS)
    numbers = {key: value for key, value in fixed.items() if key not in {*WORDS, *FLAGS}}
    Optimizer(optimizer=preset, lr=1.0, **numbers)


@pytest.mark.parametrize("preset", ["gd", "sgd", "sgdm", "signsgd", "signsgdw", "signum"])
def test_no_second_moment_where_the_denominator_is_one(preset):
    out = resolved(preset)
    assert (out["v_exponent"], out["beta2"], out["eps"], out["v_floor"]) == (0, 0, 0, 0)
    assert out["bias_correction"] is False


@pytest.mark.parametrize("preset", ["gd", "sgd", "rmsprop", "signsgd", "signsgdw"])
def test_no_first_moment(preset):
    assert resolved(preset)["beta1"] == 0


@pytest.mark.parametrize("preset", ["sgdm", "signum", "adam", "adamw", "adame"])
def test_the_first_moment_is_free(preset):
    assert resolved(preset)["beta1"] == GIVEN["beta1"]


def test_gd_is_sgd_and_adamw_is_adam_but_for_its_decay():
    assert PRESETS["gd"] == PRESETS["sgd"]
    assert {**PRESETS["adamw"], "decay_kind": "coupled"} == PRESETS["adam"]
    assert {**PRESETS["signsgdw"], "decay_kind": "coupled"} == PRESETS["signsgd"]


@pytest.mark.parametrize(
    ("preset", "block"), [("adam_mini", "neuron"), ("adalayer", "layer"), ("adasgd", "all")]
)
def test_block_means(preset, block):
    assert PRESETS[preset] == {**PRESETS["adam"], "v_block": block}


def test_the_exponent_is_free_in_adame_alone():
    assert resolved("adame")["v_exponent"] == 0.25
    assert resolved("adam")["v_exponent"] == 0.5


def test_bias_correction_is_free_where_there_is_any():
    assert resolved("adam")["bias_correction"] is True
    assert resolved("adam", bias_correction=False)["bias_correction"] is False
    assert resolved("rmsprop", bias_correction=True)["bias_correction"] is False


def test_a_preset_wins_over_constants_and_a_grid_axis_over_the_preset():
    assert resolved("signsgd", beta1=0.5)["beta1"] == 0
    assert resolved("signsgd", axes={"beta1"}, beta1=0.5)["beta1"] == 0.5
