"""The trainer of images: one step as a graph, microbatches, batch norm, precision, memory, divergence."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import images
import numpy as np
import pytest
import torch
import xarray as xr
from helpers import ADAM, train
from torch import nn

from adamatlas.engines import run, torch_images
from adamatlas.errors import UserError
from adamatlas.lanes import Lane, lanes
from adamatlas.optimizers.formula import Numbers, numbers
from adamatlas.optimizers.presets import PRESETS
from adamatlas.optimizers.rule import rule
from adamatlas.optimizers.torch_rule import FlatState, step
from adamatlas.problems.images import cuda_graph
from adamatlas.problems.images import torch_images as trainers
from adamatlas.problems.images.torch_images import Sample, Trainer

OPTIMIZER = {**ADAM, "lr": 1e-2, "weight_decay": 1e-2, **PRESETS["adamw"]}
SGD = {**OPTIMIZER, **PRESETS["sgd"]}


class Normed(nn.Sequential):
    """A small network with batch norm."""

    def __init__(self, channels: int, classes: int) -> None:
        hidden = nn.Conv2d(channels, 8, 3, padding=1, bias=False), nn.BatchNorm2d(8), nn.ReLU()
        super().__init__(*hidden, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, classes))


@pytest.fixture(autouse=True)
def normed(monkeypatch):
    """`network: normed`."""
    module = SimpleNamespace(build=lambda shape, _, classes: Normed(shape[0], classes), INITIAL="he")
    monkeypatch.setitem(sys.modules, "adamatlas.problems.images.networks.normed", module)


def spec(network: str = "normed", **settings) -> dict:
    return images.train_spec(
        settings={"network": network} | settings,
        optimizer=OPTIMIZER,
        lanes={"seed": [0]},
        schedule={"moments": True},
    )


def trainer(given: dict, device: str = "cpu") -> Trainer:
    """Of the first lane of a spec."""
    lane: Lane = lanes(given)[0]
    draw = {name: value.values[0] for name, value in images.data_file(lane.settings, (0,)).data_vars.items()}
    return Trainer(
        lane, Sample(lane.settings, draw, 0, given["dtype"], device), given["schedule"]["batch_size"]
    )


def test_a_convolution_network_learns_the_digits():
    settings = {"n_train": 160, "n_val": 50, "n_test": 300, "sigma_p": 0.0, "network": "small_cnn"}
    given = images.train_spec(
        settings=settings, lanes={"seed": [0]}, optimizer={**OPTIMIZER, "lr": 3e-3, "weight_decay": 0.0},
        schedule={"batch_size": 32, "steps": 120, "steps_per_epoch": 5, "snapshots": 2, "weights": False},
    )  # fmt: skip
    trace = train(torch_images, given, images.data_file(given["settings"], (0,)))
    assert trace["train_loss"].values[0, -1] < 0.7 * trace["train_loss"].values[0, 0]
    assert trace["test_accuracy"].values[0, -1] > 0.3
    assert trace["test_top5"].values[0, -1] >= trace["test_accuracy"].values[0, -1]


def test_batch_norm_resumes_to_the_same_bits():
    whole, first, second = (trainer(spec()) for _ in range(3))
    assert whole.advance(0, 4) == 4
    first.advance(0, 2)
    stored = first.state.arrays()
    assert stored.keys() == {"w", "m", "v", "statistics"}
    second.state.restore(stored)
    second.advance(2, 4)
    for name, value in whole.state.arrays().items():
        np.testing.assert_array_equal(second.state.arrays()[name], value)
    assert whole.histories() == second.histories()


def test_histories_use_the_running_statistics_and_leave_them_alone():
    one = trainer(spec())
    one.advance(0, 2)
    before = one.state.statistics.clone()
    found = one.histories()
    assert torch.equal(one.state.statistics, before)
    one.state.statistics.fill_(1.0)
    assert one.histories()["test_loss"] != found["test_loss"]


@pytest.mark.parametrize("kind", ["none", "per_example_gradient"])
@pytest.mark.parametrize("size", [3, 4])
def test_microbatches_add_up_to_the_gradient_of_the_minibatch(kind, size):
    given = spec("small_cnn") | {"dtype": "float64"}
    given["regularizer"] = given["regularizer"] | {"regularizer": kind, "reg_lambda": 0.5}
    parts = {**given, "settings": given["settings"] | {"microbatch": size}}
    whole, cut = trainer(given), trainer(parts)
    for one in (whole, cut):
        one.advance(0, 3)
    torch.testing.assert_close(cut.state.w, whole.state.w, rtol=1e-9, atol=1e-12)
    assert not torch.equal(cut.state.w, whole.state.w)


def test_batch_norm_takes_each_microbatch_by_itself():
    one, cut = trainer(spec()), trainer(spec(microbatch=4))
    sizes = []
    for norm in cut.network.modules():
        if isinstance(norm, nn.BatchNorm2d):
            norm.register_forward_hook(lambda _, inputs, z: sizes.append(len(inputs[0])))
    one.advance(0, 1)
    cut.advance(0, 1)
    assert set(sizes) == {4}
    assert not torch.allclose(one.state.statistics, cut.state.statistics)


def test_bfloat16_rounds_products_and_keeps_weights():
    one, reduced, tf32 = (
        trainer(spec("small_cnn", precision=name)) for name in ("float32", "bfloat16", "tf32")
    )
    seen = set()
    for layer in reduced.network.modules():
        if isinstance(layer, nn.Conv2d):
            layer.register_forward_hook(lambda _, inputs, z: seen.add(z.dtype))
    for lane in (one, reduced, tf32):
        assert lane.advance(0, 3) == 3
        assert lane.state.w.dtype == torch.float32
    assert seen == {torch.bfloat16}
    torch.testing.assert_close(reduced.state.w, one.state.w, rtol=0.1, atol=0.05)
    assert not torch.equal(reduced.state.w, one.state.w)
    assert torch.equal(tf32.state.w, one.state.w)


@pytest.mark.parametrize("network", ["lenet5", "small_cnn"])
def test_pegr_in_bfloat16_is_close_to_that_in_float32(network):
    norms = []
    for precision in ("float32", "bfloat16"):
        one = trainer(spec(network, precision=precision))
        x, y = one._sample.batch("train", torch.arange(8), None, 0.0)
        norms.append(
            trainers.objective_gradient(one.network, one._parameters, x, y, "per_example_gradient", 0.1)[1]
        )
    for full, rounded in zip(*norms, strict=True):
        assert float((full - rounded).norm()) < 0.1 * float(full.norm()) + 1e-3


def test_a_divergence_has_its_exact_step_however_the_run_is_cut():
    given = images.train_spec(
        optimizer=SGD | {"lr": 1e12},
        settings={"network": "small_cnn"},
        lanes={"seed": [0]},
        schedule={"steps": 40},
    )
    whole, cut = trainer(given), trainer(given)
    reached = whole.advance(0, 40)
    assert 0 < reached < 40
    steps = [cut.advance(step, step + 1) for step in range(reached + 1)]
    assert steps == [*range(1, reached + 1), reached]


def test_out_of_memory_says_what_would_fit(monkeypatch):
    def limited(most):
        def gradient(network, weights, x, *others):
            if len(x) > most:
                raise torch.OutOfMemoryError("CUDA out of memory")
            return given(network, weights, x, *others)

        return gradient

    given = trainers.objective_gradient
    monkeypatch.setattr(trainers, "objective_gradient", limited(3))
    text = "out of memory: small_cnn with batch_size 8 does not fit on cpu; microbatch: 2 does"
    with pytest.raises(UserError, match=f"^{text}$"):
        train(torch_images, spec("small_cnn"), images.data_file())
    assert trainer(spec("small_cnn", microbatch=2)).advance(0, 1) == 1
    with pytest.raises(
        UserError, match="batch_size 8 in microbatches of 4 does not fit on cpu; microbatch: 2"
    ):
        trainer(spec("small_cnn", microbatch=4)).advance(0, 1)
    monkeypatch.setattr(trainers, "objective_gradient", limited(0))
    with pytest.raises(UserError, match="and neither does a single image"):
        trainer(spec("small_cnn")).advance(0, 1)


def test_a_network_without_a_deterministic_algorithm_is_one_line(monkeypatch):
    def gradient(*given):
        raise RuntimeError(text)

    monkeypatch.setattr(trainers, "objective_gradient", gradient)
    text = "adaptive_max_pool2d_backward_cuda does not have a deterministic implementation, but you set more"
    with pytest.raises(
        UserError, match=r"^deterministic: normed needs adaptive_max.*implementation; set it to false$"
    ):
        trainer(spec()).advance(0, 1)
    text = "another mistake"
    with pytest.raises(RuntimeError, match="another"):
        trainer(spec()).advance(0, 1)


def kept(lane: Trainer) -> list[torch.Tensor]:
    return [lane.state.w, lane.state.m, lane.state.v, lane.state.statistics, lane._alive, lane._reached]


@pytest.mark.parametrize("preset", ["adamw", "sgd", "signum"])
def test_what_a_graph_replays_is_the_step(preset, monkeypatch):
    """All of a CUDA graph but CUDA: fixed places, numbers as tensors, a warm-up that leaves no trace."""

    def captured(work):
        for _ in range(cuda_graph.WARM_UP_STEPS):
            work()
        return work

    monkeypatch.setattr(cuda_graph, "captured", captured)
    given = spec() | {
        "optimizer": {**OPTIMIZER, **PRESETS[preset], "lr_schedule": "cosine", "warmup_steps": 2}
    }
    plain, graphed = trainer(given), trainer(given)
    graphed._run = cuda_graph.GraphedStep(graphed._step, graphed._rule.v_exponent, kept(graphed))
    monkeypatch.setattr(
        graphed, "_numbers", lambda a, b: cuda_graph.numbers_on("cpu", torch.float32, graphed._rule, a, b)
    )
    for start, stop in ((0, 2), (2, 6)):
        assert plain.advance(start, stop) == graphed.advance(start, stop) == stop
    for name, value in plain.state.arrays().items():
        np.testing.assert_allclose(graphed.state.arrays()[name], value, rtol=2e-4, atol=2e-6)


@pytest.mark.parametrize("preset", ["adamw", "sgd", "signum"])
def test_the_compiled_update_is_the_update(preset):
    one = rule({**OPTIMIZER, **PRESETS[preset]})
    eager, fast = (FlatState.start(torch.linspace(-1, 1, 100), "coordinate", [(100,)]) for _ in range(2))
    rows = cuda_graph.numbers_on("cpu", torch.float32, one, 0, 3)
    for t, row in enumerate(rows):
        g = torch.sin(torch.arange(100.0) + t)
        step(eager, g, one.form, numbers(one, t + 1))
        on_device = Numbers(**dict(zip(cuda_graph.ON_DEVICE, row, strict=True)), v_exponent=one.v_exponent)
        cuda_graph.compiled_step()(fast, g, one.form, on_device)
    for name, value in eager.arrays().items():
        np.testing.assert_allclose(fast.arrays()[name], value, rtol=1e-5, atol=1e-6)


def test_an_update_that_cannot_be_compiled_is_taken_as_written(monkeypatch, capsys):
    def fails(*given):
        raise torch._dynamo.exc.TorchDynamoException("no compiler\nmore")

    monkeypatch.setattr(torch, "compile", lambda function, **options: fails)
    one = rule(OPTIMIZER)
    state = FlatState.start(torch.ones(4), "coordinate", [(4,)])
    update = cuda_graph.compiled_step.__wrapped__()
    for t in (1, 2):
        update(state, torch.ones(4), one.form, numbers(one, t))
    assert (state.w < 1).all()
    assert capsys.readouterr().err == "adamatlas: the update is not compiled: no compiler\n"


def test_large_minibatches_leave_fewer_lanes_at_once():
    sizes = {8: 8, 4096: 8, 32768: 1, 10**6: 1}
    for size, lanes_at_once in sizes.items():  # of digits, 8x8
        assert torch_images.at_once(spec() | {"schedule": {"batch_size": size}}) == min(8, lanes_at_once)
    assert torch_images.at_once(spec(microbatch=16) | {"schedule": {"batch_size": 10**6}}) == 8


@pytest.mark.cuda
@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
@pytest.mark.parametrize("network", ["lenet5", "normed", "resnet18"])
def test_the_graph_on_a_gpu_is_the_step_without_one(network, precision):
    given = spec(network, precision=precision, deterministic=True) | {"optimizer": SGD}
    eager, graphed = trainer(given, "cuda:0"), trainer(given, "cuda:0")
    eager._run, eager._update = eager._step, step
    eager._numbers = lambda a, b: [numbers(eager._rule, number + 1) for number in range(a, b)]
    for start, stop in ((0, 2), (2, 6)):
        assert eager.advance(start, stop) == graphed.advance(start, stop) == stop
    for name, value in eager.state.arrays().items():
        np.testing.assert_allclose(graphed.state.arrays()[name], value, rtol=1e-4, atol=1e-5)
    on_cpu = trainer(given)
    start = on_cpu.state.arrays()["w"]
    on_cpu.advance(0, 6)
    moved, difference = (on_cpu.state.arrays()["w"] - other for other in (start, graphed.state.arrays()["w"]))
    assert np.linalg.norm(difference) < (0.01 if precision == "float32" else 0.2) * np.linalg.norm(moved)


@pytest.mark.cuda
@pytest.mark.parametrize("network", ["lenet5", "normed", "resnet18"])
def test_a_deterministic_lane_on_a_gpu_gives_the_same_bits_resumed(network):
    given = spec(network, deterministic=True)
    whole, first, second = (trainer(given, "cuda:0") for _ in range(3))
    assert whole.advance(0, 6) == 6
    assert first.advance(0, 3) == 3
    second.state.restore(first.state.arrays())
    assert second.advance(3, 6) == 6
    for name, value in whole.state.arrays().items():
        np.testing.assert_array_equal(second.state.arrays()[name], value)


@pytest.mark.cuda
def test_a_gpu_that_is_too_small_is_said_with_what_fits():
    given = spec("resnet18", n_train=1200, n_val=8, n_test=8)
    lane = trainer(given | {"schedule": given["schedule"] | {"batch_size": 1200}}, "cuda:0")
    torch.cuda.empty_cache()
    torch.cuda.set_per_process_memory_fraction(6e8 / torch.cuda.get_device_properties(0).total_memory)
    text = r"resnet18 with batch_size 1200 does not fit on cuda:0; microbatch: \d+ does"
    try:
        with pytest.raises(UserError, match=text):
            lane.advance(0, 1)
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0)


@pytest.mark.cuda
def test_lanes_on_streams_are_those_alone(monkeypatch):
    given = spec(deterministic=True) | {"lanes": {"seed": [0, 1], "lr": [1e-3, 1e-2]}}
    data = images.data_file()
    draws = {seed: {name: data[name].sel(seed=seed).values for name in data.data_vars} for seed in (0, 1)}
    four = run.train(torch_images, given, draws, device="cuda:0")
    monkeypatch.setattr(torch_images, "LANES_AT_ONCE", 1)
    one = run.train(torch_images, given, draws, device="cuda:0")
    for name in ("w", "train_loss"):
        xr.testing.assert_equal(xr.DataArray(one[name].values), xr.DataArray(four[name].values))
