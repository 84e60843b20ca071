"""Training one lane of an image network by the torch engine."""

from typing import Any

import numpy as np
import torch
from torch import Tensor

from adamatlas.contracts import Draw
from adamatlas.datasets.catalogue import SETS
from adamatlas.lanes import Lane
from adamatlas.optimizers.rule import rule
from adamatlas.optimizers.torch_rule import FlatState, update
from adamatlas.problems.images.networks import NETWORKS, Network
from adamatlas.problems.order import epoch, reshuffle
from adamatlas.problems.trainer import Layout, initial_normals
from adamatlas.randomness import PURPOSES, normals
from adamatlas.regularizers.ghost import losses, objective_gradient

HISTORIES = {
    "train_loss": ((), "training loss, without regularizer and decay"),
    "train_accuracy": ((), "training accuracy, on the noisy images"),
    "val_accuracy": ((), "validation accuracy"),
    "test_accuracy": ((), "test accuracy"),
}
LAYOUT = Layout(("parameter",), HISTORIES)
EVALUATED_TOGETHER = 512
_NOISE_STREAMS = 2


class Sample:
    """What the lanes of one seed share: labels, and the scaled images of each split and noise strength."""

    def __init__(
        self, settings: dict[str, Any], draw: Draw, seed: int, dtype: str, device: str = "cpu"
    ) -> None:
        self.seed = seed
        self.dtype, self.device = getattr(torch, dtype), device
        self._shift, self._factor = scale(settings["dataset"], settings["pixel_scale"])
        self._draw = draw
        self.shape = draw["train_image"].shape[1:]
        self._scaled: dict[tuple[str, float], Tensor] = {}
        self.labels = {
            name.removesuffix("_label"): torch.from_numpy(value.astype(np.int64)).to(device)
            for name, value in draw.items()
            if name.endswith("_label")
        }

    def images(self, split: str, chosen: slice | Tensor, sigma_p: float = 0.0) -> Tensor:
        """Scaled images (1, rows, columns, batch) of a split, with noise sigma_p on those of `train`."""
        key = split, sigma_p if split == "train" else 0.0
        if key not in self._scaled:
            stored = torch.from_numpy(self._draw[f"{split}_image"]).flatten(1)
            x = stored.to(self.device, self.dtype).sub_(self._shift).mul_(self._factor)
            self._scaled[key] = x.add_(self._noise(), alpha=key[1]) if key[1] else x
        return self._scaled[key][chosen].T.contiguous().view(1, *self.shape, -1)

    def _noise(self) -> Tensor:
        """Standard normals (n_train, pixels) of the streams (seed, train, 2 + i) of image i."""
        out = np.empty((len(self.labels["train"]), self.shape[0] * self.shape[1]), np.float32)
        one = np.empty(out.shape[1])
        for i in range(len(out)):
            normals(self.seed, PURPOSES["train"], _NOISE_STREAMS + i, one)
            out[i] = one
        return torch.from_numpy(out).to(self.device, self.dtype)


def scale(dataset: str, kind: str) -> tuple[float, float]:
    """(shift, factor): the scaled pixel is factor (stored - shift)."""
    entry = SETS[dataset]
    if kind == "normalised":
        return entry.mean * entry.peak, 1.0 / (entry.std * entry.peak)
    return 0.0, 1.0 / entry.peak if kind == "unit" else 1.0


def initial_weights(network: Network, sigma_0: float, seed: int, dtype: torch.dtype) -> Tensor:
    """sigma_0 times standard normals for weights, 0 for biases; flat."""
    count = sum(torch.Size(shape).numel() for shape in network.shapes)
    flat = torch.tensor(sigma_0 * initial_normals(seed, count), dtype=dtype)
    for part in network.split(flat):
        if part.shape[1] == 1:
            part.zero_()
    return flat


class Trainer:
    """One network in training, on the device of its sample."""

    def __init__(self, lane: Lane, sample: Sample, batch_size: int) -> None:
        settings = lane.settings
        self._sample, self._sigma_p = sample, settings["sigma_p"]
        self._rule, self._regularizer, self._batch_size = rule(lane.optimizer), lane.regularizer, batch_size
        classes = SETS[settings["dataset"]].classes
        self.network = NETWORKS[settings["network"]](sample.shape, settings["activation"], classes)
        start = initial_weights(self.network, settings["sigma_0"], sample.seed, sample.dtype)
        self.state = FlatState.start(start.to(sample.device), lane.optimizer["v_block"], self.network.shapes)
        self._epoch = epoch(len(sample.labels["train"]))

    def advance(self, start: int, stop: int) -> int:
        """Train from step `start` to `stop`; returns the step reached, less than `stop` on divergence."""
        weights = self._parameters(train=True)
        seed, penalty, size = self._sample.seed, self._regularizer, self._batch_size
        order, scratch = self._epoch
        for step in range(start, stop):
            first = reshuffle(seed, step, start, size, order, scratch)
            chosen = torch.from_numpy(order[first : first + size])
            x, y = self._sample.images("train", chosen, self._sigma_p), self._sample.labels["train"][chosen]
            weight = penalty["weight"] if step < penalty["off_step"] else 0.0
            loss, parts = objective_gradient(self.network, weights, x, y, penalty["kind"], weight)
            g = torch.cat([part.flatten() for part in parts])
            if not torch.isfinite(loss + g.sum()):
                return step
            update(self.state, g, self._rule, step + 1)
        return stop

    @torch.no_grad()
    def histories(self) -> dict[str, float]:
        """Loss and accuracy on the noisy training images, accuracy on clean validation and test images."""
        train_loss, train_accuracy = self._evaluate("train")
        values = (train_loss, train_accuracy, self._evaluate("val")[1], self._evaluate("test")[1])
        return dict(zip(HISTORIES, values, strict=True))

    def _evaluate(self, split: str) -> tuple[float, float]:
        """(mean loss, accuracy) of a split."""
        weights, labels = self._parameters(), self._sample.labels[split]
        loss = correct = 0.0
        for first in range(0, len(labels), EVALUATED_TOGETHER):
            part = slice(first, first + EVALUATED_TOGETHER)
            logits = self.network.outputs(weights, self._sample.images(split, part, self._sigma_p))
            loss += float(losses(logits, labels[part]).sum())
            correct += int((logits.argmax(0) == labels[part]).sum())
        return loss / len(labels), correct / len(labels)

    def _parameters(self, train: bool = False) -> list[Tensor]:
        """The weights and biases as views of the flat vector."""
        return [part.detach().requires_grad_(train) for part in self.network.split(self.state.w)]
