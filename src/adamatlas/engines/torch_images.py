"""The engine of image networks: minibatch training in torch, lanes run in threads.

On the CPU a thread has one core; on a GPU each lane has a stream, and its step is one CUDA graph.
"""

from collections.abc import Mapping
from typing import Any, Protocol

import torch

from adamatlas.contracts import Draw, Spec, Trainer, TrainerModule
from adamatlas.datasets.catalogue import shape_of
from adamatlas.engines.run import Alone
from adamatlas.engines.subnormals import flush_subnormals
from adamatlas.lanes import Lane, lanes

DEVICES = ("cpu", "cuda")
LANES_AT_ONCE, PIXELS_AT_ONCE = 8, 2048 * 32 * 32
"""The most lanes on the streams of a GPU, and about the pixels that fill one."""
KEPT_BYTES = 31 << 20
"""Below the largest block, 32 MB, from which glibc learns."""


class Problem(TrainerModule, Protocol):
    """What this engine asks of `problems/<name>/torch_images.py`."""

    def Sample(self, settings: Mapping, draw: Draw, seed: int, dtype: str, device: str) -> Any:  # noqa: N802
        """What the lanes of a seed share."""

    def Trainer(self, lane: Lane, sample: Any, batch_size: int) -> Trainer:  # noqa: N802
        """One network in training."""


def build(problem: Problem, spec: Spec, draws: Mapping[int, Draw], device: str = "cpu") -> list[Alone]:
    """Each lane by itself: the problem's Trainer on the Sample of its seed."""
    samples = {
        seed: problem.Sample(spec["settings"], draws[seed], seed, spec["dtype"], device)
        for seed in spec["lanes"]["seed"]
    }
    return [
        Alone(problem.Trainer(lane, samples[lane.seed], spec["schedule"]["batch_size"]), spec["dtype"])
        for lane in lanes(spec)
    ]


def at_once(spec: Spec) -> int:
    """Lanes on the streams of a GPU: LANES_AT_ONCE for small minibatches, for large ones what fills it."""
    rows, columns = shape_of(spec["settings"])[1:]
    images = spec["settings"]["microbatch"] or spec["schedule"]["batch_size"]
    return max(1, min(LANES_AT_ONCE, PIXELS_AT_ONCE // (images * rows * columns)))


def prepare() -> None:
    """Give the thread one core, and have it take subnormals for 0.

    torch limits the calling thread alone; a new one multiplies with all cores until its first parallel loop,
    and the last bits of a product depend on their number. Once the C library has seen a block of KEPT_BYTES
    freed, it keeps smaller ones for the next step: given back and asked for again, their pages would cost a
    tenth of a step of LeNet5.
    """
    torch.set_num_threads(1)
    torch.empty(KEPT_BYTES, dtype=torch.uint8)
    flush_subnormals()
