"""The CPU engine: every lane is a loop compiled by numba, lanes run in threads."""

from collections.abc import Mapping
from typing import Protocol

from adamatlas.contracts import Draw, Spec, Trainer, TrainerModule
from adamatlas.engines.run import Alone
from adamatlas.engines.subnormals import flush_subnormals
from adamatlas.lanes import Lane, lanes

DEVICES = ("cpu",)
prepare = flush_subnormals


class Problem(TrainerModule, Protocol):
    """What this engine asks of `problems/<name>/fused.py`."""

    def Trainer(self, lane: Lane, draw: Draw, batch_size: int, dtype: str) -> Trainer:  # noqa: N802 (a class)
        """One model in training."""


def build(problem: Problem, spec: Spec, draws: Mapping[int, Draw], device: str = "cpu") -> list[Alone]:
    """Each lane by itself: the problem's Trainer on its seed's draw."""
    batch_size, dtype = spec["schedule"]["batch_size"], spec["dtype"]
    return [Alone(problem.Trainer(lane, draws[lane.seed], batch_size, dtype), dtype) for lane in lanes(spec)]
