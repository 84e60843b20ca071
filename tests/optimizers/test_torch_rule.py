"""The update rule on flat vectors: against the reference, torch.optim, and lanes alone and together."""

from __future__ import annotations

import pytest
import torch
from helpers import ADAM

from adamatlas.optimizers import reference
from adamatlas.optimizers.presets import PRESETS
from adamatlas.optimizers.rule import rule
from adamatlas.optimizers.torch_rule import FlatState, together, update


@pytest.mark.parametrize("preset", sorted(PRESETS))
def test_the_flat_rule_is_that_of_the_reference(preset):
    optimizer = {**ADAM, "v_exponent": 0.375, "v_floor": 1e-4, "beta1": 0.8, **PRESETS[preset]}
    random = torch.Generator().manual_seed(0)
    w = torch.randn(6, 4, generator=random, dtype=torch.float64)
    state = FlatState.start(w.flatten().clone(), optimizer["v_block"], [(6, 4)])
    moments = (torch.zeros_like(w), torch.zeros_like(w))
    own = rule(optimizer)
    for t in range(1, 6):
        g = torch.randn(6, 4, generator=random, dtype=torch.float64)
        w, moments = reference.update(w, moments, g, optimizer, t, (1,))
        update(state, g.flatten().clone(), own, t)
        torch.testing.assert_close(state.w.view(6, 4), w, rtol=1e-12, atol=1e-13)
        torch.testing.assert_close(state.m.view(6, 4), moments[0], rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize(
    ("preset", "make"),
    [
        ("sgd", lambda w: torch.optim.SGD([w], 1e-3, weight_decay=1e-2)),
        ("adam", lambda w: torch.optim.Adam([w], 1e-3, weight_decay=1e-2)),
        ("adamw", lambda w: torch.optim.AdamW([w], 1e-3, weight_decay=1e-2)),
    ],
)
def test_the_flat_rule_is_torch_optim(preset, make):
    optimizer = {**ADAM, **PRESETS[preset]}
    random = torch.Generator().manual_seed(0)
    w = torch.randn(20, generator=random, dtype=torch.float64)
    state, leaf = FlatState.start(w.clone(), "coordinate", [(20,)]), torch.nn.Parameter(w.clone())
    theirs = make(leaf)
    for t in range(1, 8):
        leaf.grad = torch.randn(20, generator=random, dtype=torch.float64)
        update(state, leaf.grad.clone(), rule(optimizer), t)
        theirs.step()
        torch.testing.assert_close(state.w, leaf.detach(), rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize(
    ("block", "blocks"),
    [("neuron", [0, 0, 0, 1, 1, 1, 2, 3, 4, 4]), ("layer", [0] * 6 + [1, 1, 2, 2]), ("all", [0] * 10)],
)
def test_blocks_are_neurons_layers_and_everything(block, blocks):
    state = FlatState.start(torch.zeros(10), block, [(2, 3), (2, 1), (1, 2)])
    assert state.blocks.tolist() == blocks


@pytest.mark.parametrize("block", ["coordinate", "layer"])
@pytest.mark.parametrize("preset", sorted(PRESETS))
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_lanes_with_numbers_of_their_own_are_those_of_each_alone(preset, dtype, block):
    numbers = [{"lr": 1e-3, "weight_decay": 0.1, "beta2": 0.99}, {"lr": 1e-2, "weight_decay": 0.0}]
    rules = [rule({**ADAM, **PRESETS[preset], "v_block": block, **one}) for one in numbers]
    shared, random = together(rules, "cpu"), torch.Generator().manual_seed(0)
    w, shapes = torch.randn(2, 10, generator=random, dtype=dtype), [(2, 3), (4, 1)]
    both = FlatState.start(w.clone(), block, shapes)
    each = [FlatState.start(row.clone(), block, shapes) for row in w]
    for t in range(1, 6):
        g = torch.randn(2, 10, generator=random, dtype=dtype)
        update(both, g.clone(), shared, torch.tensor(t))
        for state, row, own in zip(each, g, rules, strict=True):
            update(state, row.clone(), own, t)
    for name in "wmv":
        alone = torch.stack([getattr(state, name) for state in each])
        assert getattr(both, name).dtype == dtype
        torch.testing.assert_close(getattr(both, name), alone, rtol=4 * torch.finfo(dtype).eps, atol=1e-12)


def test_lanes_of_two_forms_do_not_go_together():
    with pytest.raises(ValueError, match="one form of the update rule and one schedule"):
        together([rule({**ADAM, **PRESETS[name]}) for name in ("adam", "sgd")], "cpu")
