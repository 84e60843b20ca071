"""The update rule as a torch.optim.Optimizer: the numbers of FlatState, groups, and its state on disk."""

from __future__ import annotations

import copy

import pytest
import torch
from helpers import ADAM

from adamatlas.errors import UserError
from adamatlas.optimizers.presets import PRESETS
from adamatlas.optimizers.rule import rule
from adamatlas.optimizers.torch_optimizer import AtlasOptimizer
from adamatlas.optimizers.torch_rule import FlatState, update

OWN = {"lr": 1e-2, "weight_decay": 0.1, "beta2": 0.99}


def network(seed: int = 0) -> torch.nn.Linear:
    torch.manual_seed(seed)
    return torch.nn.Linear(4, 3, dtype=torch.float64)


def advance(optimizer: AtlasOptimizer, model: torch.nn.Module, steps: int, first: int = 0) -> None:
    for step in range(first, first + steps):
        x = torch.randn(5, 4, generator=torch.Generator().manual_seed(step), dtype=torch.float64)
        optimizer.zero_grad()
        model(x).square().mean().backward()
        optimizer.step()


@pytest.mark.parametrize("preset", sorted(set(PRESETS) - {"adasgd"}))
def test_it_takes_the_steps_of_the_flat_state(preset):
    model, flat = network(), network()
    optimizer = AtlasOptimizer(model.parameters(), preset, **OWN)
    parts = list(flat.parameters())
    w = torch.cat([part.detach().flatten() for part in parts])
    state = FlatState.start(w, {**ADAM, **PRESETS[preset]}["v_block"], [part.shape for part in parts])
    own = rule({**ADAM, "v_floor": 0.0, **OWN, **PRESETS[preset]})
    for step in range(4):
        advance(optimizer, model, 1, step)
        with torch.no_grad():
            for part, value in zip(parts, state.w.split([12, 3]), strict=True):
                part.copy_(value.view_as(part))
        x = torch.randn(5, 4, generator=torch.Generator().manual_seed(step), dtype=torch.float64)
        gradients = torch.autograd.grad(flat(x).square().mean(), parts)
        update(state, torch.cat([part.flatten() for part in gradients]), own, step + 1)
    ours = torch.cat([part.detach().flatten() for part in model.parameters()])
    torch.testing.assert_close(ours, state.w, rtol=1e-13, atol=1e-15)


def test_its_state_goes_to_a_file_and_back():
    whole, model = network(), network()
    advance(AtlasOptimizer(whole.parameters(), "adamw", **OWN), whole, 6)
    optimizer = AtlasOptimizer(model.parameters(), "adamw", **OWN)
    advance(optimizer, model, 3)
    stored = copy.deepcopy(optimizer.state_dict())
    again = AtlasOptimizer(model.parameters(), "adamw")
    again.load_state_dict(stored)
    advance(again, model, 3, 3)
    for ours, theirs in zip(model.parameters(), whole.parameters(), strict=True):
        torch.testing.assert_close(ours, theirs, rtol=0, atol=0)


def test_groups_and_schedulers_of_torch_have_numbers_of_their_own():
    model = network()
    before = copy.deepcopy(model)
    groups = [{"params": [model.weight], "lr": 0.0}, {"params": [model.bias], "weight_decay": 0.0}]
    optimizer = AtlasOptimizer(groups, "sgd", lr=0.1)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 1, 0.5)
    advance(optimizer, model, 1)
    torch.testing.assert_close(model.weight, before.weight, rtol=0, atol=0)
    torch.testing.assert_close(model.bias, before.bias - 0.1 * model.bias.grad)
    scheduler.step()
    at = model.bias.detach().clone()
    advance(optimizer, model, 1, 1)
    torch.testing.assert_close(model.bias.detach(), at - 0.05 * model.bias.grad)


@pytest.mark.parametrize(
    ("preset", "given", "text"),
    [
        ("adamx", {}, "preset 'adamx': did you mean"),
        ("adam", {"beta_1": 0.5}, "AtlasOptimizer: the update rule has no key 'beta_1'"),
        ("adasgd", {}, "AtlasOptimizer: v_block all joins parameters"),
        ("adam", {"lr_schedule": "cosine"}, "AtlasOptimizer: lr_schedule cosine needs lr_steps"),
    ],
)
def test_mistakes_are_one_line(preset, given, text):
    with pytest.raises(UserError, match=text):
        AtlasOptimizer(network().parameters(), preset, **given)
