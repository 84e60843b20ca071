"""Steps of image networks: of the engine, of the loop that one would write first, and of the network alone.

The images are random and of a set's size; on a GPU of CIFAR-10's, with products of bfloat16 in the engine and
of TF32 in the loop.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional

from adamatlas.datasets.local import VARIABLE
from adamatlas.engines import torch_images as engine
from adamatlas.lanes import Lane
from adamatlas.optimizers.presets import PRESETS
from adamatlas.problems.images.sample import Sample
from adamatlas.problems.images.torch_images import Reduced, Trainer, initial_network, set_up_gpu
from adamatlas.regularizers.ghost import objective_gradient

SIDES = {"mnist": (1, 28), "cifar10": (3, 32)}
SETTINGS = {
    "pixel_scale": "normalised",
    "augmentation": "none",
    "sigma_p": 0.0,
    "activation": "relu",
    "sigma_0": 0.1,
    "precision": "float32",
    "deterministic": False,
    "microbatch": 0,
}
OPTIMIZER = {
    "lr": 1e-4,
    "weight_decay": 1e-2,
    "beta1": 0.9,
    "beta2": 0.99,
    "eps": 1e-8,
    "bias_correction": True,
    **PRESETS["adamw"],
}
NO_PENALTY = {"kind": "none", "weight": 0.0, "off_step": 0}


class Bench:
    """A network on random images of a set, on a device."""

    def __init__(self, network: str, dataset: str, images: int, device: str, precision: str) -> None:
        self.settings = SETTINGS | {"network": network, "dataset": dataset, "precision": precision}
        self.device = device
        with random_set(dataset, images):
            index = np.arange(images, dtype=np.int32)
            self.sample = Sample(self.settings, {"train_index": index}, 0, "float32", device)

    def lanes(self, batch: int, steps: int, count: int = 1) -> Callable[[], None]:
        """`steps` steps of each of `count` lanes, at once."""
        if self.device == "cpu":
            torch.set_num_threads(1)
        seeds = [Lane(k, k, self.settings, OPTIMIZER, NO_PENALTY) for k in range(count)]
        trainers = [Trainer(lane, self.sample, batch) for lane in seeds]
        pool = ThreadPoolExecutor(count, initializer=engine.prepare)

        def run() -> None:
            reached = pool.map(lambda trainer: trainer.advance(0, steps), trainers)
            if list(reached) != count * [steps]:
                raise RuntimeError("a lane diverged")

        return run

    def loop(self, batch: int, steps: int) -> Callable[[], None]:
        """`steps` steps of a plain loop with torch's fused Adam."""
        set_up_gpu("tf32", False)
        network = initial_network(self.settings, self.sample).network.train()
        optimizer = torch.optim.AdamW(network.parameters(), lr=1e-4, betas=(0.9, 0.99), fused=True)
        images, _, labels = self.sample._splits["train"]
        mean, std = images.float().mean((0, 2, 3), keepdim=True), images.float().std((0, 2, 3), keepdim=True)

        def run() -> None:
            order = torch.randperm(len(labels), device=self.device)
            for step in range(steps):
                first = step * batch % (len(labels) - batch + 1)
                chosen = order[first : first + batch]
                loss = functional.cross_entropy(
                    network((images[chosen].float() - mean) / std), labels[chosen]
                )
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
            self._wait()

        return run

    def passes(self, batch: int, steps: int) -> Callable[[], None]:
        """`steps` times the network's forward and backward pass alone, on one minibatch."""
        flat = initial_network(self.settings, self.sample)
        network = Reduced(flat.network) if self.settings["precision"] == "bfloat16" else flat.network
        network.train()
        weights = list(flat.network.parameters())
        x, y = self.sample.batch("train", slice(batch))
        x = x.contiguous(memory_format=torch.channels_last)

        def run() -> None:
            if self.device == "cpu":
                torch.set_num_threads(1)
            for _ in range(steps):
                objective_gradient(network, weights, x, y, "none", 0.0)
            self._wait()

        return run

    def _wait(self) -> None:
        if self.device != "cpu":
            torch.cuda.synchronize()


@contextmanager
def random_set(dataset: str, images: int) -> Iterator[None]:
    """A folder with the names and layout of the set's files, but random images, as `data_dir`."""
    random, (channels, side) = np.random.default_rng(0), SIDES[dataset]
    pixels = random.integers(0, 256, (images, channels, side, side), dtype=np.uint8)
    labels = random.integers(0, 10, images, dtype=np.uint8)
    before = os.environ.get(VARIABLE)
    with tempfile.TemporaryDirectory() as folder:
        _write(Path(folder) / dataset, dataset, pixels, labels)
        os.environ[VARIABLE] = folder
        try:
            yield
        finally:
            del os.environ[VARIABLE]
            os.environ |= {VARIABLE: before} if before else {}


def _write(folder: Path, dataset: str, pixels: np.ndarray, labels: np.ndarray) -> None:
    if dataset == "cifar10":
        folder = folder / "cifar-10-batches-bin"
        folder.mkdir(parents=True)
        records = np.concatenate([labels[:, None], pixels.reshape(len(labels), -1)], 1)
        names = [f"data_batch_{k}.bin" for k in range(1, 6)]
        for name, some in zip(names, np.array_split(records, 5), strict=True):
            (folder / name).write_bytes(some.tobytes())
        (folder / "test_batch.bin").write_bytes(records[:100].tobytes())
        return
    folder.mkdir()
    for part in ("train", "t10k"):
        for name, array in (("images-idx3", pixels[:, 0]), ("labels-idx1", labels)):
            header = bytes([0, 0, 8, array.ndim]) + np.array(array.shape, ">u4").tobytes()
            (folder / f"{part}-{name}-ubyte").write_bytes(header + array.tobytes())
