"""Training one lane of an image network by the torch engine."""

import torch
from torch import Tensor

from adamatlas.errors import UserError
from adamatlas.lanes import Lane
from adamatlas.optimizers.rule import rule
from adamatlas.optimizers.torch_rule import FlatState, update
from adamatlas.problems.images.networks import NETWORKS, Network
from adamatlas.problems.images.sample import Sample
from adamatlas.problems.order import epoch, reshuffle
from adamatlas.problems.trainer import Layout, initial_normals
from adamatlas.regularizers.ghost import losses, objective_gradient

HISTORIES = {
    "train_loss": ((), "training loss, without regularizer and decay"),
    "train_accuracy": ((), "training accuracy, on the noisy images"),
    "val_accuracy": ((), "validation accuracy"),
    "test_accuracy": ((), "test accuracy"),
}
LAYOUT = Layout(("parameter",), HISTORIES)
EVALUATED_TOGETHER = 512


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
        if sample.shape[0] != 1:
            text = f"takes images of one channel; those of {settings['dataset']} have {sample.shape[0]}"
            raise UserError(f"{settings['network']} {text}")
        build = NETWORKS[settings["network"]]
        self.network = build(sample.shape[1:], settings["activation"], sample.classes)
        start = initial_weights(self.network, settings["sigma_0"], sample.seed, sample.dtype)
        self.state = FlatState.start(start.to(sample.device), lane.optimizer["v_block"], self.network.shapes)
        self._epoch = epoch(sample.count("train"))

    def advance(self, start: int, stop: int) -> int:
        """Train from step `start` to `stop`; returns the step reached, less than `stop` on divergence."""
        weights = self._parameters(train=True)
        seed, penalty, size = self._sample.seed, self._regularizer, self._batch_size
        order, scratch = self._epoch
        for step in range(start, stop):
            first = reshuffle(seed, step, start, size, order, scratch)
            chosen = torch.from_numpy(order[first : first + size])
            x, y = self._batch("train", chosen, step // (len(order) // size))
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
        weights, count = self._parameters(), self._sample.count(split)
        loss = correct = 0.0
        for first in range(0, count, EVALUATED_TOGETHER):
            x, y = self._batch(split, slice(first, first + EVALUATED_TOGETHER))
            logits = self.network.outputs(weights, x)
            loss += float(losses(logits, y).sum())
            correct += int((logits.argmax(0) == y).sum())
        return loss / count, correct / count

    def _batch(self, split: str, chosen: slice | Tensor, epoch: int | None = None) -> tuple[Tensor, Tensor]:
        """As `Sample.batch`, with the batch as the images' last axis."""
        x, y = self._sample.batch(split, chosen, epoch, self._sigma_p)
        return x.permute(1, 2, 3, 0).contiguous(), y

    def _parameters(self, train: bool = False) -> list[Tensor]:
        """The weights and biases as views of the flat vector."""
        return [part.detach().requires_grad_(train) for part in self.network.split(self.state.w)]
