"""The CPU engine: every lane is a loop compiled by numba, lanes run in threads.

A lane's numbers depend on its own seed and settings alone: they are bit-identical alone or together,
with any number of threads, uninterrupted or resumed.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from adamatlas.engines.checkpoints import Checkpoint
from adamatlas.engines.subnormals import flush_subnormals
from adamatlas.engines.trace import Record, snapshot, steps_of, trace
from adamatlas.lanes import expand, resolve
from adamatlas.problems.lane import Given

CHUNK_SECONDS = 0.25
"""How long one compiled call may take: the delay of an interrupt, a report or a checkpoint."""
CHECKPOINT_SECONDS = 60.0


class Run:
    """One lane on its way through the steps of a job."""

    def __init__(self, spec: dict[str, Any], lane: Any) -> None:
        self.spec = spec
        self.lane = lane
        self.stops = steps_of(spec["schedule"])
        self.step = 0
        self.record = Record(len(self.stops))
        self.lock = threading.Lock()

    @property
    def finished(self) -> bool:
        """Whether every snapshot is taken or the lane has diverged."""
        return self.record.taken == len(self.stops) or self.record.diverged_step >= 0

    def proceed(self, interrupted: threading.Event) -> None:
        """Train to the end in chunks, unless interrupted."""
        chunk = 1
        while not self.finished and not interrupted.is_set():
            began = time.perf_counter()
            with self.lock:
                self._advance(chunk)
            spent = time.perf_counter() - began
            chunk = max(1, int(chunk * min(4.0, CHUNK_SECONDS / max(spent, 1e-6))))

    def _advance(self, chunk: int) -> None:
        """Train for at most `chunk` steps, to the next snapshot at most, and take it if it is reached."""
        goal = self.stops[self.record.taken]
        reached = self.lane.advance(self.step, stop := min(self.step + chunk, goal))
        if reached < stop or (reached == goal and not np.isfinite(self.lane.state.w).all()):
            self.record.diverged_step = reached
            self._take_shape()
        self.step = reached
        if reached == goal and self.record.diverged_step < 0:
            self._take()

    def _take(self) -> None:
        self.record.take(snapshot(self.spec["schedule"], *self.lane.state.snapshot(), self.lane.histories()))

    def _take_shape(self) -> None:
        """Give the quantities of a lane that diverged before its first snapshot their shape, all NaN."""
        if not self.record.values:
            self._take()
            for value in self.record.values.values():
                value[...] = np.nan


def train(
    spec: dict[str, Any],
    data: xr.Dataset,
    *,
    threads: int = 1,
    checkpoints: Path | None = None,
    progress: Any = None,
) -> xr.Dataset:
    """Train all lanes of a train spec on the draws of `data`; returns the trace.

    An interrupt (KeyboardInterrupt or SystemExit in the calling thread) stops every lane within
    CHUNK_SECONDS and leaves a checkpoint in `checkpoints`, from which the same call goes on. A
    checkpoint stays until `discard`, so that a trace that cannot be written costs no training.
    """
    problem = import_module(f"adamatlas.problems.{spec['problem']}.fused")
    runs = [Run(spec, build(problem, spec, lane, data)) for lane in expand(spec)]
    return complete(spec, runs, problem, threads=threads, checkpoints=checkpoints, progress=progress)


def complete(
    spec: dict[str, Any],
    runs: list[Run],
    problem: Any,
    *,
    threads: int,
    checkpoints: Path | None,
    progress: Any,
    prepare: Callable[[], None] = flush_subnormals,
) -> xr.Dataset:
    """The trace of `runs`, from their checkpoint to their end; see `train`. `prepare` opens each thread."""
    checkpoint = Checkpoint(checkpoints, spec)
    checkpoint.load(runs)
    interrupted = threading.Event()
    with ThreadPoolExecutor(max_workers=threads, initializer=prepare) as pool:
        futures = [pool.submit(run.proceed, interrupted) for run in runs]
        try:
            watch(futures, runs, checkpoint, progress)
        except BaseException:
            interrupted.set()
            wait(futures)
            checkpoint.save(runs)
            raise
    return trace(spec, [run.record for run in runs], problem)


def discard(spec: dict[str, Any], checkpoints: Path) -> None:
    """Remove the checkpoint of a job whose trace is safely written."""
    Checkpoint(checkpoints, spec).remove()


def build(problem: Any, spec: dict[str, Any], lane: dict[str, Any], data: xr.Dataset) -> Any:
    """The problem's Lane for one lane of the spec, on its seed's draw."""
    settings, optimizer, regularizer = resolve(spec, lane)
    draw = data.sel(seed=lane["seed"])
    given = Given(
        settings=settings,
        optimizer=optimizer,
        regularizer=regularizer,
        draw={name: np.ascontiguousarray(draw[name].values) for name in draw.data_vars},
        seed=lane["seed"],
        batch_size=spec["schedule"]["batch_size"],
        dtype=spec["dtype"],
    )
    return problem.Lane(given)


def watch(futures: list[Future], runs: list[Run], checkpoint: Checkpoint, progress: Any) -> None:
    """Report progress and save checkpoints until every lane is done; raises what a lane raises."""
    saved = time.monotonic()
    pending: set[Future] = set(futures)
    while pending:
        done, pending = wait(pending, timeout=CHUNK_SECONDS, return_when=FIRST_EXCEPTION)
        for future in done:
            future.result()
        if progress is not None:
            total = runs[0].stops[-1]
            progress.update(sum(total if run.finished else run.step for run in runs))
        if pending and time.monotonic() - saved > CHECKPOINT_SECONDS:
            checkpoint.save(runs)
            saved = time.monotonic()
