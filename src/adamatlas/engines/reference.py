"""The oracle of the other engines: torch autograd, one lane after the other, slow.

It computes in float64; the weights in the trace have the dtype of the spec.
"""

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np
import torch

from adamatlas.contracts import Draw, Spec, TrainerModule
from adamatlas.engines.run import Alone
from adamatlas.lanes import Lane, lanes
from adamatlas.optimizers.reference import check, update
from adamatlas.optimizers.torch_rule import FlatState
from adamatlas.problems.order import batch
from adamatlas.regularizers.autograd import objective_gradient

DEVICES = ("cpu",)


class Model(Protocol):
    """Data and model of one lane, in float64.

    neuron_dims: along which dims of the weights the weights of one neuron lie. Optional: `batch(step,
    batch_size)`, the examples of a step; `gradient_noise(step)`, which is added to the gradient; and `parts`,
    {kind of block: slices of rows with their own blocks}.
    """

    initial: torch.Tensor
    neuron_dims: tuple[int, ...]

    def outputs(self, w: torch.Tensor) -> torch.Tensor:
        """(n, ...) of all examples."""

    def losses(self, w: torch.Tensor) -> torch.Tensor:
        """L_i (n,)."""

    def histories(self, w: torch.Tensor) -> Mapping[str, Any]:
        """As the problem's other engine records them."""


class Problem(TrainerModule, Protocol):
    """What this engine asks of `problems/<name>/reference.py`."""

    def Model(self, settings: Mapping, draw: Draw, seed: int) -> Model:  # noqa: N802 (a class)
        """The model of one lane."""


def prepare() -> None:
    """Give the thread one core, for the last bits of a product depend on the number of cores."""
    torch.set_num_threads(1)


def build(problem: Problem, spec: Spec, draws: Mapping[int, Draw], device: str = "cpu") -> list[Alone]:
    """Each lane by itself: the problem's Model on its seed's draw."""
    batch_size, dtype = spec["schedule"]["batch_size"], spec["dtype"]
    return [
        Alone(Oracle(problem.Model(lane.settings, draws[lane.seed], lane.seed), lane, batch_size), dtype)
        for lane in lanes(spec)
    ]


class Oracle:
    """One model in training, by autograd."""

    def __init__(self, model: Model, lane: Lane, batch_size: int) -> None:
        check(lane.optimizer)
        w = model.initial.clone()
        self.state = FlatState(w, torch.zeros_like(w), torch.zeros_like(w))
        self._model, self._lane, self._batch_size = model, lane, batch_size
        self._parts = getattr(model, "parts", {}).get(lane.optimizer["v_block"], 1)

    def advance(self, start: int, stop: int) -> int:
        """Train from step `start` to `stop`; returns the step reached, less than `stop` on divergence."""
        state, model = self.state, self._model
        for step in range(start, stop):
            chosen = torch.from_numpy(self._examples(step))
            if not torch.isfinite(model.outputs(state.w)[chosen]).all():
                return step
            g = minibatch_gradient(model, state.w, chosen, self._lane.regularizer, step)
            if hasattr(model, "gradient_noise"):
                g = g + model.gradient_noise(step)
            state.w, (state.m, state.v) = update(
                state.w, (state.m, state.v), g, self._lane.optimizer, step + 1, model.neuron_dims, self._parts
            )
        return stop

    def histories(self) -> Mapping[str, Any]:
        """As the fused engine records them."""
        return self._model.histories(self.state.w)

    def _examples(self, step: int) -> np.ndarray:
        """The sample indices of a step; a model that draws noise, too, draws both."""
        if hasattr(self._model, "batch"):
            return self._model.batch(step, self._batch_size)
        return batch(self._lane.seed, step, len(self._model.y), self._batch_size)


def minibatch_gradient(
    model: Model, w: torch.Tensor, chosen: torch.Tensor, regularizer: Mapping, step: int
) -> torch.Tensor:
    """The gradient of the mean loss over the samples `chosen` and of the regularizer, by autograd."""
    weight = regularizer["weight"] if step < regularizer["off_step"] else 0.0
    return objective_gradient(lambda leaf: model.losses(leaf)[chosen], w, regularizer["kind"], weight)
