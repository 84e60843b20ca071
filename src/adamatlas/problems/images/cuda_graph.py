"""A training step as one CUDA graph: its hundreds of kernels are launched at once, and wait for no host.

Captured are the forward and backward pass and the update. Outside stays what the host decides: which images,
and the numbers of the rule, which are copied into fixed places beforehand.
"""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from threading import Lock, local

import torch
from torch import Tensor

from adamatlas.optimizers.formula import Numbers, numbers
from adamatlas.optimizers.rule import Rule
from adamatlas.optimizers.torch_rule import FlatState, step

WARM_UP_STEPS = 3
ON_DEVICE = tuple(name for name in Numbers._fields if name != "v_exponent")
"""The Numbers that are tensors in a captured step; the exponent decides what is computed."""
Step = Callable[[Tensor, Tensor, float, Numbers], None]

_one_at_a_time = Lock()
_of_thread = local()


class GraphedStep:
    """`step(x, y, weight, n)` as a CUDA graph for each weight of the penalty and shape of x.

    step: must do the same work each time, on the device alone, with n of the exponent `v_exponent`. kept: all
    tensors that it changes; the steps of the warm-up leave no trace in them.
    """

    def __init__(self, step: Step, v_exponent: float, kept: Sequence[Tensor]) -> None:
        self._step, self._exponent, self._kept = step, v_exponent, kept
        self._graphs: dict[tuple, tuple[list[Tensor], Callable[[], None]]] = {}

    def __call__(self, x: Tensor, y: Tensor, weight: float, row: Tensor) -> None:
        """The step with the numbers of a row of `numbers_on`."""
        given = [x, y, row]
        key = weight, x.shape
        if key not in self._graphs:
            self._graphs[key] = self._capture(given, weight)
        places, replay = self._graphs[key]
        for place, value in zip(places, given, strict=True):
            place.copy_(value)
        replay()

    def _capture(self, given: list[Tensor], weight: float) -> tuple[list, Callable[[], None]]:
        places = [value.clone() for value in given]
        x, y, row = places
        fixed = Numbers(**dict(zip(ON_DEVICE, row, strict=True)), v_exponent=self._exponent)
        before = [tensor.clone() for tensor in self._kept]
        replay = captured(lambda: self._step(x, y, weight, fixed))
        for tensor, value in zip(self._kept, before, strict=True):
            tensor.copy_(value)
        return places, replay


def captured(work: Callable[[], None]) -> Callable[[], None]:
    """`work` as a graph on the current stream, after WARM_UP_STEPS of it; what replays it.

    Threads capture one after the other. Others may compute and allocate meanwhile. The graphs of a thread
    share their memory, and are to be replayed one after the other: so does a thread that takes up a lane when
    the one before has come to its end.
    """
    here = torch.cuda.current_stream()
    side, pool = _capturing(here.device)
    with _one_at_a_time:
        side.wait_stream(here)
        with torch.cuda.stream(side):
            for _ in range(WARM_UP_STEPS):
                work()
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph, pool, stream=side, capture_error_mode="thread_local"):
            work()
    here.wait_stream(side)
    return graph.replay


def _capturing(device: torch.device) -> tuple["torch.cuda.Stream", tuple[int, int]]:
    """The stream on which this thread captures, and the memory of its graphs."""
    if not hasattr(_of_thread, "capturing"):
        _of_thread.capturing = torch.cuda.Stream(device), torch.cuda.graph_pool_handle()
    return _of_thread.capturing


@cache
def compiled_step() -> Callable[..., None]:
    """`torch_rule.step` as one kernel, which passes over the weights once and not for each of its operations.

    Where it cannot be compiled, as on a machine without a C compiler, a line says so, and it is as written.
    """
    from torch._dynamo.exc import FailOnRecompileLimitHit, TorchDynamoException
    from torch._inductor import config

    config.compile_threads = 1  # of processes that would be started for it
    fast = torch.compile(step, fullgraph=True, dynamic=True)
    chosen: list[Callable[..., None]] = [fast]

    def update(state: FlatState, g: Tensor, form: int, n: Numbers) -> None:
        try:
            chosen[0](state, g, form, n)
        except (TorchDynamoException, FailOnRecompileLimitHit) as error:
            chosen[0] = step
            print(f"adamatlas: the update is not compiled: {str(error).splitlines()[0]}", file=sys.stderr)
            step(state, g, form, n)

    return update


def numbers_on(device: str, dtype: torch.dtype, rule: Rule, start: int, stop: int) -> Tensor:
    """The numbers ON_DEVICE of steps `start` to `stop`, counted from 0: a row each."""
    each = [numbers(rule, step + 1) for step in range(start, stop)]
    table = torch.tensor([[getattr(n, name) for name in ON_DEVICE] for n in each], dtype=torch.float64)
    return table.to(device, dtype)


@contextmanager
def on(stream: "torch.cuda.Stream | None") -> Iterator[None]:
    """Compute on a lane's own stream, after what is under way on the current one; on the CPU, as always."""
    if stream is None:
        yield
        return
    stream.wait_stream(torch.cuda.current_stream(stream.device))
    with torch.cuda.stream(stream):
        yield
