"""The job loop: groups of lanes train in threads, from the first step or a checkpoint to the last.

A lane's numbers depend on its own seed and settings alone: they are bit-identical alone or together, with any
number of threads, uninterrupted or resumed, however its steps are cut into calls.
"""

import threading
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from importlib import import_module
from pathlib import Path

import numpy as np

from adamatlas.arrays import Arrays
from adamatlas.contracts import Draw, Engine, Lanes, Reporter, Spec, Trainer
from adamatlas.engines import devices
from adamatlas.engines.checkpoints import Checkpoint
from adamatlas.engines.record import Record, stops_of, trace

CHUNK_SECONDS = 0.25
"""How long one call of `advance` may take: the delay of an interrupt, a report or a checkpoint."""
CHECKPOINT_SECONDS = 60.0


def train(
    engine: Engine,
    spec: Spec,
    draws: Mapping[int, Draw],
    *,
    threads: int = 1,
    checkpoints: Path | None = None,
    progress: Reporter | None = None,
    device: str = "cpu",
) -> Arrays:
    """Train all lanes of a train spec on the draws of its seeds; the trace.

    threads: on a CPU. On a GPU they only launch work, and the engine says how many lanes it does at once.

    An interrupt (KeyboardInterrupt or SystemExit in the calling thread) stops every lane within CHUNK_SECONDS
    and leaves a checkpoint in `checkpoints`, from which the same call goes on. A checkpoint stays until
    `discard`, so that a trace that cannot be written costs no training.
    """
    name = engine.__name__.rpartition(".")[2]
    problem = import_module(f"adamatlas.problems.{spec['problem']}.{name}")
    groups = [Group(spec, lanes) for lanes in engine.build(problem, spec, draws, device)]
    checkpoint = Checkpoint(checkpoints, spec)
    if checkpoint.load(groups) and progress is not None:
        progress.resumed(sum(group.done for group in groups))
    interrupted = threading.Event()
    threads = threads if device == "cpu" else engine.at_once(spec)
    with (
        devices.turn(device),
        ThreadPoolExecutor(max_workers=threads, initializer=engine.prepare) as pool,
    ):
        futures = [pool.submit(group.proceed, interrupted) for group in groups]
        try:
            _watch(futures, groups, checkpoint, progress)
        except BaseException:
            interrupted.set()
            wait(futures)
            checkpoint.save(groups)
            raise
    return trace(spec, [group.record for group in groups], problem, devices.name(device))


def discard(spec: Spec, checkpoints: Path) -> None:
    """Remove the checkpoint of a job whose trace is safely written."""
    Checkpoint(checkpoints, spec).remove()


class Group:
    """k lanes that advance together: the step they are at, and their record."""

    def __init__(self, spec: Spec, lanes: Lanes) -> None:
        self.lanes = lanes
        self.step = 0
        self.record = Record(stops_of(spec), lanes.count)
        self.lock = threading.Lock()
        self._weights, self._moments = spec["schedule"]["weights"], spec["schedule"]["moments"]

    @property
    def done(self) -> int:
        """Steps done by all lanes together; a lane that has diverged counts as done."""
        alive = 0 if self.record.finished else int(self.record.alive.sum())
        return alive * self.step + (self.lanes.count - alive) * self.record.stops[-1]

    def proceed(self, interrupted: threading.Event) -> None:
        """Train to the end in chunks, unless interrupted."""
        chunk = 1
        while not self.record.finished and not interrupted.is_set():
            began = time.perf_counter()
            with self.lock:
                self.advance(chunk)
            spent = time.perf_counter() - began
            chunk = max(1, int(chunk * min(4.0, CHUNK_SECONDS / max(spent, 1e-6))))

    def advance(self, chunk: int) -> None:
        """Train for at most `chunk` steps, to the next snapshot at most, and take it if it is reached."""
        goal = self.record.stops[self.record.taken]
        stop = min(self.step + chunk, goal)
        reached = self.lanes.advance(self.step, stop)
        self.record.stop(reached < stop, reached)
        if stop == goal:
            self.record.stop(~self.lanes.finite(), reached)
        self.step = stop
        if stop == goal and self.record.alive.any():
            self.record.take(self._snapshot())
        elif not self.record.values and not self.record.alive.any():
            self.record.make_room(self._snapshot())

    def _snapshot(self) -> dict[str, np.ndarray]:
        """What the schedule asks to keep of the lanes now."""
        kept = "w" * self._weights + "mv" * self._moments
        moments = self.lanes.moments() if kept else {}
        return {**self.lanes.histories(), **{name: moments[name] for name in kept}}


class Alone:
    """One lane by itself, as `Lanes` of k = 1; its weights go to the trace in `dtype`."""

    count = 1

    def __init__(self, trainer: Trainer, dtype: str) -> None:
        self.trainer, self._dtype = trainer, dtype
        self.arrays, self.restore = trainer.state.arrays, trainer.state.restore

    def advance(self, start: int, stop: int) -> np.ndarray:
        """The step reached (1,)."""
        return np.array([self.trainer.advance(start, stop)])

    def finite(self) -> np.ndarray:
        """Whether all weights are (1,)."""
        return np.array([self.trainer.state.finite()])

    def histories(self) -> dict[str, np.ndarray]:
        """(1, ...) float64 each."""
        return {name: np.array([value], np.float64) for name, value in self.trainer.histories().items()}

    def moments(self) -> dict[str, np.ndarray]:
        """w, m and v, (1, ...) each."""
        parts = zip("wmv", self.trainer.state.snapshot(), strict=True)
        return {name: x[None].astype(self._dtype, copy=False) for name, x in parts}


def _watch(
    futures: Sequence[Future], groups: Sequence[Group], checkpoint: Checkpoint, progress: Reporter | None
) -> None:
    """Report progress and save checkpoints until every lane is done; raises what a lane raises."""
    saved = time.monotonic()
    pending: set[Future] = set(futures)
    while pending:
        done, pending = wait(pending, timeout=CHUNK_SECONDS, return_when=FIRST_EXCEPTION)
        for future in done:
            future.result()
        if progress is not None:
            progress.update(sum(group.done for group in groups))
        if pending and time.monotonic() - saved > CHECKPOINT_SECONDS:
            checkpoint.save(groups)
            saved = time.monotonic()
