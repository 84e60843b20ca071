"""The CPU engine: every lane is a loop compiled by numba, lanes run in threads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from adamatlas.contracts import Draw, Spec
from adamatlas.engines.run import Alone
from adamatlas.engines.subnormals import flush_subnormals
from adamatlas.lanes import lanes
from adamatlas.problems.trainer import Given

DEVICES = ("cpu",)
prepare = flush_subnormals


def build(problem: Any, spec: Spec, draws: Mapping[int, Draw], device: str = "cpu") -> list[Alone]:
    """Each lane by itself: the problem's Trainer on its seed's draw."""
    batch_size, dtype = spec["schedule"]["batch_size"], spec["dtype"]
    return [Alone(problem.Trainer(Given(lane, draws[lane.seed], batch_size, dtype))) for lane in lanes(spec)]
