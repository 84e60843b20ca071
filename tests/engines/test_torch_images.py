"""The engine of image networks: against autograd and the reference rule, together, interrupted, diverging."""

from __future__ import annotations

import itertools
import threading

import images
import numpy as np
import pytest
import torch
import xarray as xr
from helpers import ADAM, Interrupt, train
from torch.nn import functional

from adamatlas.engines import run, torch_images
from adamatlas.lanes import lanes
from adamatlas.optimizers.presets import PRESETS
from adamatlas.problems.images.sample import Sample
from adamatlas.problems.images.torch_images import Trainer
from adamatlas.problems.order import batch
from adamatlas.regularizers.autograd import objective_gradient

PEGR = {"regularizer": "per_example_gradient", "reg_lambda": 0.1}


def trainer_of(spec: dict, data: xr.Dataset) -> Trainer:
    """That of the first lane of a spec."""
    lane = lanes(spec)[0]
    draw = {name: data[name].sel(seed=lane.seed).values for name in data.data_vars}
    return Trainer(
        lane, Sample(lane.settings, draw, lane.seed, spec["dtype"]), spec["schedule"]["batch_size"]
    )


@pytest.mark.parametrize("kind", ["none", "per_example_gradient", "full_gradient"])
def test_training_is_the_double_backward_of_the_reference_with_a_switch_off(kind):
    spec = images.train_spec(
        dtype="float64",
        regularizer={"regularizer": kind, "reg_lambda": 0.5, "reg_off_epoch": 1},
        lanes={"seed": [0]},
    )
    data = images.data_file()
    lane = trainer_of(spec, data)
    sample, shapes = lane._sample, [part.shape for part in lane.network.parameters()]
    sizes = [shape.numel() for shape in shapes]
    w = lane.state.w.clone()
    for step in range(6):
        chosen = torch.from_numpy(batch(0, step, 24, 8))
        x, y = sample.batch("train", chosen, 0, 0.5)

        def each(leaf, x=x, y=y):
            parts = leaf.split(sizes)
            weights = [part.view(shape) for part, shape in zip(parts, shapes, strict=True)]
            logits = images.plain_lenet5(weights, x, 8, "relu")
            return functional.cross_entropy(logits, y, reduction="none")

        w = w - 0.2 * objective_gradient(each, w, kind, 0.25 if step < 3 else 0.0)
    trace = train(torch_images, spec, data)
    np.testing.assert_allclose(trace["w"].values[0, -1], w.numpy(), rtol=1e-9, atol=1e-13)


LANES = {"reg_lambda": [0.0, 0.1], "sigma_p": [0.0, 1.0], "seed": [0, 1]}


def test_lanes_alone_and_together_are_bit_identical_with_any_number_of_threads():
    data = images.data_file()
    spec = images.train_spec(regularizer=PEGR, lanes=LANES)
    together = train(torch_images, spec, data)
    xr.testing.assert_identical(train(torch_images, spec, data, threads=3), together)
    alone = train(
        torch_images,
        images.train_spec(regularizer=PEGR, lanes={"reg_lambda": [0.1], "sigma_p": [1.0], "seed": [1]}),
        data,
    )
    for name in ("w", "train_loss", "test_accuracy"):
        np.testing.assert_array_equal(alone[name][0], together[name][7])
    assert (together["w"][7, -1] != together["w"][5, -1]).any()
    assert (together["w"][7, -1] != together["w"][3, -1]).any()
    np.testing.assert_array_equal(together["w"][7, 0], together["w"][1, 0])


def test_every_thread_computes_with_one_core(monkeypatch):
    """A product's bits depend on it, and torch's limit holds in the thread that sets it alone."""
    limited, trained = set(), set()
    limit, advance = torch.set_num_threads, Trainer.advance
    monkeypatch.setattr(
        torch, "set_num_threads", lambda n: (limited.add((threading.get_ident(), n)), limit(n))[1]
    )
    monkeypatch.setattr(
        Trainer, "advance", lambda *args: (trained.add((threading.get_ident(), 1)), advance(*args))[1]
    )
    train(torch_images, images.train_spec(), images.data_file(), threads=2)
    assert trained
    assert trained <= limited


@pytest.mark.parametrize("preset", ["sgd", "adam"])
def test_an_interrupted_run_is_resumed_to_the_same_bits(tmp_path, monkeypatch, preset):
    monkeypatch.setattr(run, "CHUNK_SECONDS", 0.02)
    spec = images.train_spec(
        optimizer={**ADAM, **PRESETS[preset]},
        regularizer={**PEGR, "reg_off_epoch": 60},
        schedule={"steps": 300, "moments": True},
    )
    data = images.data_file()
    whole = train(torch_images, spec, data)
    with pytest.raises(KeyboardInterrupt):
        train(torch_images, spec, data, checkpoints=tmp_path, progress=Interrupt(3))
    started = []
    advance = Trainer.advance
    monkeypatch.setattr(
        Trainer, "advance", lambda lane, start, stop: (started.append(start), advance(lane, start, stop))[1]
    )
    resumed = train(torch_images, spec, data, checkpoints=tmp_path)
    assert started[0] > 0
    xr.testing.assert_identical(resumed, whole)
    assert len(list(tmp_path.iterdir())) == 1
    run.discard(spec, tmp_path)
    assert not list(tmp_path.iterdir())


def test_an_overshooting_lambda_is_recorded_as_diverged_with_its_step():
    spec = images.train_spec(
        optimizer=images.SGD | {"lr": 20.0},
        regularizer=PEGR | {"reg_lambda": 0.0},
        settings={"sigma_0": 0.5},
        schedule={"steps": 30, "snapshots": 11},
        lanes={"reg_lambda": [1e3], "seed": [0, 1]},
    )
    trace = train(torch_images, spec, images.data_file())
    assert trace["status"].values.tolist() == [2, 2]
    for lane, step in enumerate(trace["diverged_step"].values):
        assert 0 <= step < 30
        after = trace["step"].values > step
        assert np.isnan(trace["test_accuracy"].values[lane, after]).all()
        assert np.isfinite(trace["test_accuracy"].values[lane, ~after]).all()


def test_augmentation_goes_by_the_epoch_wherever_a_run_is_cut():
    data, states = images.data_file(), []
    for augmentation, cuts in (("crop_flip", (0, 6)), ("crop_flip", (0, 2, 5, 6)), ("none", (0, 6))):
        lane = trainer_of(images.train_spec(settings={"augmentation": augmentation}), data)
        for start, stop in itertools.pairwise(cuts):
            lane.advance(start, stop)
        states.append(lane.state.w.clone())
    torch.testing.assert_close(states[0], states[1], rtol=0, atol=0)
    assert (states[0] != states[2]).any()


def test_histories_without_weights():
    trace = train(torch_images, images.train_spec(schedule={"weights": False}), images.data_file())
    assert {*trace.data_vars} == {
        *("train_loss", "train_accuracy", "val_accuracy", "test_loss", "test_accuracy", "test_top5"),
        *("status", "diverged_step"),
    }  # fmt: skip
    assert trace["test_accuracy"].shape == (2, 3)
    assert trace["epoch"].values.tolist() == [0, 1, 2]


def test_histories_are_those_of_the_last_weights():
    data = images.data_file()
    spec = images.train_spec(lanes={"seed": [0]})
    trace = train(torch_images, spec, data)
    lane = trainer_of(spec, data)
    lane.state.restore(lane.state.arrays() | {"w": trace["w"].values[0, -1]})
    x, y = lane._sample.batch("test", torch.arange(12))
    logits = lane.network(x).detach()
    assert float(trace["test_accuracy"][0, -1]) == float((logits.argmax(1) == y).double().mean())
    assert float(trace["test_loss"][0, -1]) == pytest.approx(float(functional.cross_entropy(logits, y)))
    among = [
        int(label) in set(row.argsort(descending=True)[:5].tolist())
        for row, label in zip(logits, y, strict=True)
    ]
    assert float(trace["test_top5"][0, -1]) == np.mean(among)


def test_a_network_learns_the_digits():
    spec = images.train_spec(
        settings={"n_train": 320, "n_val": 100, "n_test": 500, "sigma_p": 0.0},
        schedule={"batch_size": 32, "steps": 200, "steps_per_epoch": 10, "snapshots": 2, "weights": False},
        lanes={"seed": [0]},
    )
    trace = train(torch_images, spec, images.data_file(spec["settings"], (0,)))
    assert trace["test_accuracy"].values[0, -1] > 0.7
    assert trace["train_loss"].values[0, -1] < 0.7
