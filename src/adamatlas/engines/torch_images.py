"""The engine of image networks: minibatch training in torch, lanes run in threads of one core each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch

from adamatlas.contracts import Draw, Spec
from adamatlas.engines.run import Alone
from adamatlas.engines.subnormals import flush_subnormals
from adamatlas.lanes import lanes

DEVICES = ("cpu",)


def build(problem: Any, spec: Spec, draws: Mapping[int, Draw], device: str = "cpu") -> list[Alone]:
    """Each lane by itself: the problem's Trainer on the Sample of its seed."""
    samples = {
        seed: problem.Sample(spec["settings"], draws[seed], seed, spec["dtype"], device)
        for seed in spec["lanes"]["seed"]
    }
    return [
        Alone(problem.Trainer(lane, samples[lane.seed], spec["schedule"]["batch_size"]))
        for lane in lanes(spec)
    ]


def prepare() -> None:
    """Open a thread: subnormals are 0, and it has one core.

    torch's limit is one of the calling thread; a new one multiplies with all cores until its first parallel
    loop, and the last bits of a product depend on their number.
    """
    torch.set_num_threads(1)
    flush_subnormals()
