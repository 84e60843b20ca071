"""Training one lane of an image network by the torch engine."""

import os
from collections.abc import Iterable, Mapping
from importlib import import_module
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from adamatlas.errors import UserError
from adamatlas.lanes import Lane
from adamatlas.optimizers.formula import Numbers, numbers
from adamatlas.optimizers.rule import rule
from adamatlas.optimizers.torch_rule import FlatState, step
from adamatlas.problems.images.cuda_graph import GraphedStep, compiled_step, numbers_on, on
from adamatlas.problems.images.initialization import Flat, flatten, flattened
from adamatlas.problems.images.sample import Sample
from adamatlas.problems.order import epoch, reshuffle
from adamatlas.problems.trainer import Layout
from adamatlas.regularizers.ghost import losses, objective_gradient

HISTORIES = {
    "train_loss": ((), "training loss, without regularizer and decay"),
    "train_accuracy": ((), "training accuracy, on the noisy images"),
    "val_accuracy": ((), "validation accuracy"),
    "test_loss": ((), "test loss"),
    "test_accuracy": ((), "test accuracy"),
    "test_top5": ((), "test images whose class is among the five most likely"),
}
LAYOUT = Layout(("parameter",), HISTORIES)
EVALUATED_TOGETHER, EVALUATED_NUMBERS = 512, 512 * 3 * 32 * 32
"""The most images, and pixels of all channels, that an evaluation passes through the network at a time."""


def initial_network(settings: Mapping[str, Any], sample: Sample) -> Flat:
    """The network of a lane as it starts: the seed's normals, whatever the device."""
    module = import_module(f"adamatlas.problems.images.networks.{settings['network']}")
    with torch.device("meta"):
        network = module.build(sample.shape, settings["activation"], sample.classes)
    sigma_0 = settings["sigma_0"] if module.INITIAL == "sigma_0" else None
    return flattened(network, sample.seed, sigma_0, sample.dtype, sample.device)


def set_up_gpu(precision: str, deterministic: bool) -> None:
    """How this process computes on a GPU: whether float32 products may be rounded to TF32, and whether only
    with algorithms that give the same bits each time."""
    torch.set_float32_matmul_precision("highest" if precision == "float32" else "high")
    torch.backends.cudnn.allow_tf32 = precision != "float32"
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    torch.use_deterministic_algorithms(deterministic)
    torch.utils.deterministic.fill_uninitialized_memory = False


class Trainer:
    """One network in training, on the device of its sample.

    A step (`_step`) computes on the device alone, without a number that comes back to the host: it is one
    CUDA graph there, and the same function on the CPU. The end of `advance` reads how far the lane came.
    """

    def __init__(self, lane: Lane, sample: Sample, batch_size: int) -> None:
        settings = lane.settings
        self._sample, self._sigma_p, self._name = sample, settings["sigma_p"], settings["network"]
        self._rule, self._regularizer, self._batch_size = rule(lane.optimizer), lane.regularizer, batch_size
        self._microbatch = settings["microbatch"] or batch_size
        self._epoch = epoch(sample.count("train"))
        flat = initial_network(settings, sample)
        self.network = Reduced(flat.network) if settings["precision"] == "bfloat16" else flat.network
        self._parameters = list(flat.network.parameters())
        self.state = FlatState.start(
            flat.weights, lane.optimizer["v_block"], flat.shapes, statistics=flat.statistics
        )
        self._gradient = torch.zeros_like(flat.weights)
        self._alive = torch.ones((), dtype=torch.bool, device=sample.device)
        self._reached = torch.zeros((), dtype=torch.int64, device=sample.device)
        self._stream, self._run, self._update = None, self._step, step
        if torch.device(sample.device).type == "cuda":
            set_up_gpu(settings["precision"], settings["deterministic"])
            self._update = compiled_step()
            self._stream = torch.cuda.Stream(sample.device)
            kept = [self.state.w, self.state.m, self.state.v, self._gradient, self._alive, self._reached]
            kept += [flat.statistics] * (flat.statistics is not None)
            self._run = GraphedStep(self._step, self._rule.v_exponent, kept)

    def advance(self, start: int, stop: int) -> int:
        """Train from step `start` to `stop`; returns the step reached, less than `stop` on divergence.

        The weights after a divergence mean nothing. Raises UserError where the memory of a GPU is too small.
        """
        x = y = None
        penalty = self._regularizer
        self.network.train()
        try:
            with on(self._stream):
                self._alive.fill_(True)
                self._reached.fill_(start)
                for number, n in zip(range(start, stop), self._numbers(start, stop), strict=True):
                    x, y = self._images(number, start)
                    self._run(x, y, penalty["weight"] if number < penalty["off_step"] else 0.0, n)
                return int(self._reached)
        except torch.OutOfMemoryError:
            pass  # while it is handled, its traceback holds all that filled the memory
        except RuntimeError as error:
            if "does not have a deterministic implementation" not in str(error):
                raise
            raise UserError(
                f"deterministic: {self._name} needs {str(error).partition(',')[0]}; set it to false"
            ) from None
        raise UserError(self._too_large(x, y))

    @torch.no_grad()
    def histories(self) -> dict[str, float]:
        """Loss and accuracy on the noisy training images, and on clean validation and test images."""
        self.network.eval()
        with on(self._stream):
            splits = ("train", "val", "test")
            found = torch.stack([self._evaluated(split) for split in splits]).tolist()
        of_split = dict(zip(splits, found, strict=True))
        (train_loss, train, _), (_, val, _), (test_loss, test, top5) = of_split.values()
        return dict(zip(HISTORIES, (train_loss, train, val, test_loss, test, top5), strict=True))

    def _step(self, x: Tensor, y: Tensor, weight: float, n: Numbers) -> None:
        """One step with the penalty's weight; `_reached` counts it if all so far had finite gradients."""
        loss = self._objective(x, y, weight)
        self._alive.logical_and_(torch.isfinite(loss + self._gradient.sum()))
        self._reached.add_(self._alive)
        self._update(self.state, self._gradient, self._rule.form, n)

    def _objective(self, x: Tensor, y: Tensor, weight: float) -> Tensor:
        """The mean loss of a minibatch; writes its gradient, with that of the penalty.

        Where the minibatch is cut into microbatches their gradients are added, so memory is needed for one of
        them. Batch norm then takes the means and variances of each microbatch.
        """
        network, size, kind = self.network, self._microbatch, self._regularizer["kind"]
        if size >= len(y):
            loss, parts = objective_gradient(network, self._parameters, x, y, kind, weight)
            flatten(parts, self._gradient)
            return loss
        total, one = torch.zeros_like(self._gradient[0]), torch.empty_like(self._gradient)
        self._gradient.zero_()
        for some, labels in zip(x.split(size), y.split(size), strict=True):
            share = len(labels) / len(y)
            loss, parts = objective_gradient(network, self._parameters, some, labels, kind, weight)
            self._gradient.add_(flatten(parts, one), alpha=share)
            total.add_(loss, alpha=share)
        return total

    def _numbers(self, start: int, stop: int) -> Iterable:
        if self._stream is not None:
            return numbers_on(self._sample.device, self._sample.dtype, self._rule, start, stop)
        return [numbers(self._rule, number + 1) for number in range(start, stop)]

    def _images(self, number: int, start: int) -> tuple[Tensor, Tensor]:
        """The minibatch of a step. Channels last: convolutions on a CPU take a quarter less time."""
        (order, scratch), size = self._epoch, self._batch_size
        first = reshuffle(self._sample.seed, number, start, size, order, scratch)
        if first == 0 or number == start:
            self._order = torch.from_numpy(order).to(self._sample.device)
        at = number // (len(order) // size)
        x, y = self._sample.batch("train", self._order[first : first + size], at, self._sigma_p)
        return x.contiguous(memory_format=torch.channels_last), y

    def _evaluated(self, split: str) -> Tensor:
        """(mean loss, accuracy, top-5 accuracy) of a split, float64."""
        sample, total = self._sample, 0.0
        size = max(1, min(EVALUATED_TOGETHER, EVALUATED_NUMBERS // int(np.prod(sample.shape))))
        count = sample.count(split)
        for chosen in torch.arange(count, device=sample.device).split(size):
            x, y = sample.batch(split, chosen, None, self._sigma_p)
            logits = self.network(x.contiguous(memory_format=torch.channels_last))
            hits = logits.topk(min(5, logits.shape[1])).indices == y[:, None]
            right = logits.argmax(1) == y
            total = total + torch.stack([part.sum().double() for part in (losses(logits, y), right, hits)])
        return total / count

    def _too_large(self, x: Tensor | None, y: Tensor | None) -> str:
        """What to say where a step does not fit into the memory: the largest half, quarter, ... that does."""
        where = f"out of memory: {self._name} with batch_size {self._batch_size}"
        where += f" in microbatches of {self._microbatch}" * (self._microbatch < self._batch_size)
        size = self._microbatch // 2 if x is not None else 0
        while size:
            try:
                objective_gradient(self.network, self._parameters, x[:size], y[:size], "none", 0.0)
            except torch.OutOfMemoryError:
                size //= 2
                continue
            return f"{where} does not fit on {self._sample.device}; microbatch: {size} does"
        return f"{where} does not fit on {self._sample.device}, and neither does a single image"


class Reduced(nn.Module):
    """A network whose products are of bfloat16; weights and logits keep their precision."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, x: Tensor) -> Tensor:
        with torch.autocast(x.device.type, torch.bfloat16):
            return self.network(x).to(x.dtype)
