"""Steps of LeNet5 on images of MNIST's size (of random pixels), as the image engine takes them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch.nn import functional

from adamatlas.lanes import Lane
from adamatlas.optimizers.presets import PRESETS
from adamatlas.problems.images.sample import Sample
from adamatlas.problems.images.torch_images import Trainer
from benchmarks import images

BATCH, IMAGES, SIDE = 64, 640, 28
SETTINGS = images.SETTINGS | {"dataset": "mnist", "sigma_p": 5.0, "network": "lenet5"}
OPTIMIZER = {"lr": 1e-4, "weight_decay": 0.0, "beta1": 0.0, **PRESETS["sgd"]}


def engine(kind: str, steps: int) -> Callable[[], None]:
    """`steps` steps of a lane with a regularizer, on one thread."""
    torch.set_num_threads(1)
    lane = Lane(0, 0, SETTINGS, OPTIMIZER, {"kind": kind, "weight": 1e-3, "off_step": 2**62})
    trainer = Trainer(lane, _sample(), BATCH)
    return lambda: _must_reach(trainer.advance(0, steps), steps)


def conv2d_loop(steps: int) -> Callable[[], None]:
    """What one would write first: conv2d, avg_pool2d and autograd on the same minibatches, without PEGR."""
    torch.set_num_threads(1)
    random = torch.Generator().manual_seed(0)
    x, y = _sample().batch("train", slice(None))
    shapes = ((6, 1, 5, 5), (16, 6, 5, 5), (120, 400), (84, 120), (10, 84))
    weights = [(0.1 * torch.randn(shape, generator=random)).requires_grad_() for shape in shapes]
    biases = [torch.zeros(shape[0], requires_grad=True) for shape in shapes]

    def outputs(a: torch.Tensor) -> torch.Tensor:
        for k, padding in enumerate((2, 0)):
            a = functional.avg_pool2d(functional.conv2d(a, weights[k], biases[k], padding=padding), 2).relu()
        a = functional.linear(a.flatten(1), weights[2], biases[2]).relu()
        return functional.linear(functional.linear(a, weights[3], biases[3]).relu(), weights[4], biases[4])

    def run() -> None:
        for step in range(steps):
            rows = slice(step % (IMAGES // BATCH) * BATCH, (step % (IMAGES // BATCH) + 1) * BATCH)
            loss = functional.cross_entropy(outputs(x[rows]), y[rows])
            gradients = torch.autograd.grad(loss, weights + biases)
            with torch.no_grad():
                for part, gradient in zip(weights + biases, gradients, strict=True):
                    part.sub_(gradient, alpha=1e-4)

    return run


def _sample() -> Sample:
    with images.random_set("mnist", IMAGES):
        return Sample(SETTINGS, {"train_index": np.arange(IMAGES, dtype=np.int32)}, 0, "float32")


def _must_reach(step: int, steps: int) -> None:
    if step < steps:
        raise RuntimeError(f"the run diverged at step {step}")
