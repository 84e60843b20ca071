"""Schedules of the learning rate: the factor against torch's, and in every engine."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from helpers import ADAM, data_file, train, train_spec
from torch.optim import lr_scheduler

from adamatlas.config import load
from adamatlas.engines import fused, reference
from adamatlas.lanes import lanes
from adamatlas.optimizers.family import LR_SCHEDULES
from adamatlas.optimizers.formula import lr_factor
from adamatlas.optimizers.presets import PRESETS

STEPS = 12


def theirs(name: str, warmup: int) -> list[float]:
    """The factors of torch's schedulers over STEPS steps."""
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    rest = STEPS - warmup
    main = {
        "constant": lambda: lr_scheduler.ConstantLR(optimizer, 1.0),
        "linear": lambda: lr_scheduler.LinearLR(optimizer, 1.0, 0.0, rest),
        "cosine": lambda: lr_scheduler.CosineAnnealingLR(optimizer, rest),
    }[name]
    if warmup:
        first = lr_scheduler.LinearLR(optimizer, 1.0 / warmup, 1.0, warmup - 1)
        whole = lr_scheduler.SequentialLR(optimizer, [first, main()], [warmup])
    else:
        whole = main()
    found = []
    for _ in range(STEPS):
        found.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        whole.step()
    return found


@pytest.mark.parametrize("warmup", [0, 4])
@pytest.mark.parametrize("name", LR_SCHEDULES)
def test_the_factor_is_that_of_torch(name, warmup):
    ours = [lr_factor(LR_SCHEDULES.index(name), warmup, STEPS, t) for t in range(1, STEPS + 1)]
    np.testing.assert_allclose(ours, theirs(name, warmup), rtol=1e-12)


def test_a_lane_knows_the_length_of_its_run_where_the_schedule_needs_it():
    plain, cosine = (
        lanes(train_spec(optimizer=ADAM | {"lr_schedule": name}))[0].optimizer
        for name in ("constant", "cosine")
    )
    assert "lr_steps" not in plain
    assert cosine["lr_steps"] == train_spec()["schedule"]["steps"]


@pytest.mark.parametrize("preset", ["adam", "adamw", "sgd", "signsgd", "adam_mini"])
@pytest.mark.parametrize("name", ["constant", "linear", "cosine"])
def test_the_fused_engine_follows_the_schedule_of_the_reference(preset, name):
    schedule = {"lr_schedule": name, "warmup_steps": 3}
    optimizer = {**ADAM, **PRESETS[preset], "weight_decay": 0.1}
    one, other, constant = (
        train(engine, train_spec(optimizer=optimizer | more, dtype="float64"), data_file())["w"].values
        for engine, more in ((fused, schedule), (reference, schedule), (fused, {}))
    )
    np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-12)
    assert (constant[:, -1] != one[:, -1]).any()


def test_a_warm_up_as_long_as_the_run_is_a_warning():
    settings = {"problem": "images", "epochs": 1, "lr": 0.1, "optimizer": "sgd", "batch_size": 50}
    study = {"settings": settings | {"warmup_steps": 10}, "measures": ["image_histories"]}
    atlas = load({"papers": {"try": {"title": "t", "reference": "r"}}, "studies": {"try.images": study}})
    (line,) = [text for text in atlas.warnings if "warm-up" in text]
    assert "found 10; the run has 10 steps" in line
