"""A training step as one CUDA graph: its hundreds of kernels are launched at once, and wait for no host.

Captured are the forward and backward pass and the update. Outside stays what the host decides: which images,
and the numbers of the rule that change from step to step, which are copied into fixed places beforehand.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from threading import Lock

import torch
from torch import Tensor

from adamatlas.optimizers.formula import Numbers, numbers
from adamatlas.optimizers.rule import Rule

WARM_UP_STEPS = 3
CHANGING = ("step", "shrink", "correction2")
"""The Numbers that depend on the step."""
Step = Callable[[Tensor, Tensor, float, Numbers], None]

_one_at_a_time = Lock()


class GraphedStep:
    """`step(x, y, weight, n)` as a CUDA graph for each weight of the penalty and shape of x.

    step: must do the same work each time, on the device alone. kept: all tensors that it changes; the steps
    of the warm-up leave no trace in them.
    """

    def __init__(self, step: Step, kept: Sequence[Tensor]) -> None:
        self._step, self._kept = step, kept
        self._graphs: dict[tuple, tuple[list[Tensor], Callable[[], None]]] = {}

    def __call__(self, x: Tensor, y: Tensor, weight: float, n: Numbers) -> None:
        """The step; the numbers of n in CHANGING are tensors."""
        given = [x, y, *(getattr(n, name) for name in CHANGING)]
        key = weight, x.shape
        if key not in self._graphs:
            self._graphs[key] = self._capture(given, weight, n)
        places, replay = self._graphs[key]
        for place, value in zip(places, given, strict=True):
            place.copy_(value)
        replay()

    def _capture(self, given: list[Tensor], weight: float, n: Numbers) -> tuple[list, Callable[[], None]]:
        places = [value.clone() for value in given]
        x, y, *changing = places
        fixed = n._replace(**dict(zip(CHANGING, changing, strict=True)))
        before = [tensor.clone() for tensor in self._kept]
        replay = captured(lambda: self._step(x, y, weight, fixed))
        for tensor, value in zip(self._kept, before, strict=True):
            tensor.copy_(value)
        return places, replay


def captured(work: Callable[[], None]) -> Callable[[], None]:
    """`work` as a graph on the current stream, after WARM_UP_STEPS of it; what replays it.

    Threads capture one after the other. Others may compute and allocate meanwhile.
    """
    here, side = torch.cuda.current_stream(), torch.cuda.Stream()
    with _one_at_a_time:
        side.wait_stream(here)
        with torch.cuda.stream(side):
            for _ in range(WARM_UP_STEPS):
                work()
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph, stream=side, capture_error_mode="thread_local"):
            work()
    here.wait_stream(side)
    return graph.replay


def numbers_on(device: str, dtype: torch.dtype, rule: Rule, start: int, stop: int) -> list[Numbers]:
    """The numbers of steps `start` to `stop`, counted from 0, with those in CHANGING on the device."""
    each = [numbers(rule, step + 1) for step in range(start, stop)]
    table = torch.tensor([[getattr(n, name) for name in CHANGING] for n in each], dtype=torch.float64)
    rows = table.to(device, dtype)
    return [n._replace(**dict(zip(CHANGING, row, strict=True))) for n, row in zip(each, rows, strict=True)]


@contextmanager
def on(stream: "torch.cuda.Stream | None") -> Iterator[None]:
    """Compute on a lane's own stream, after what is under way on the current one; on the CPU, as always."""
    if stream is None:
        yield
        return
    stream.wait_stream(torch.cuda.current_stream(stream.device))
    with torch.cuda.stream(stream):
        yield
