"""`adamatlas run --budget`: train what is most important until the time is over, and gather what there is."""

from __future__ import annotations

import math
import os
import signal
import subprocess
import sys
import time
from argparse import Namespace
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import repeat
from pathlib import Path
from typing import Any

from adamatlas import stale, store
from adamatlas.cli import planning
from adamatlas.cli.arguments import snakemake
from adamatlas.engines.checkpoints import job_id
from adamatlas.errors import UserError
from adamatlas.inventory import Inventory
from adamatlas.specs import identity
from adamatlas.units import duration

FOLDER = "partial"
"""Folder of partial cubes below the results of a scale, where Snakemake takes them for no complete ones."""
Key = tuple[str, str, str]
"""(study, cell, block of seeds) of a training job."""


def train(options: Namespace, inventory: Inventory) -> tuple[int, list[str]]:
    """(exit code, what there is to say) of training the jobs of studies for `budget` seconds.

    Jobs start in the order of importance. Those that run at the end of the time are interrupted as by Ctrl-C
    and go on from their checkpoint next time. Raises UserError, before anything runs, where by the cost model
    no job fits into the budget.
    """
    wanted = inventory.by_importance(options.study)
    waiting = [key for key in wanted if not _is_trained(inventory, key)]
    _check(options.budget, _prices(inventory, waiting))
    began, code = time.monotonic(), 0
    if waiting:
        _draw(inventory, waiting[: _cores(options.cores)])
        root = options.config.parent
        traces = [os.path.relpath(inventory.path("trace", *key), root) for key in waiting]
        words = snakemake(options, inventory.atlas.scale, "--cores", options.cores)
        code = _within(began + options.budget, [*words, "--", *traces], root)
    spent = duration(time.monotonic() - began)
    left = [key for key in waiting if not _is_trained(inventory, key)]
    done = len(wanted) - len(left)
    said = [f"trained {len(waiting) - len(left)} jobs in {spent}; {done} of {len(wanted)} are done"]
    if left:
        study, cell, block = left[0]
        on_the_way = sum(_checkpoint(inventory, key).is_file() for key in left)
        cost = planning.core_time(_prices(inventory, left).values())
        said += [
            f"left: {len(left)} jobs, about {cost} of one core by the cost model; {on_the_way} go on from a "
            f"checkpoint; the next is {study}, {cell}, seeds {block}"
        ]
    return code, said


def gather(options: Namespace, inventory: Inventory) -> tuple[Inventory, dict[str, Path]]:
    """(inventory of partial results, cubes {study: file}) of all that is trained of the studies.

    What is not trained is marked in a cube and listed in its attribute `missing`.
    """
    partial = replace(inventory, atlas=replace(inventory.atlas, results=inventory.results / FOLDER))
    found, specs = {}, partial.results / "specs"
    for study in options.study:
        jobs = list(_measuring(inventory, partial, study))
        stale_jobs = [job for job in jobs if not _is_made(job)]
        with ThreadPoolExecutor(_cores(options.cores)) as pool:
            made = list(pool.map(_run, stale_jobs, repeat(specs)))
        spec = inventory.gather(study) | {"measures": [identity(job.spec) for job in jobs], "partial": True}
        cube = Job("gather", spec, {"measure": [job.out for job in jobs]}, partial.path("cube", study))
        if jobs and all(made) and (_is_made(cube) or _run(cube, specs)):
            found[study] = cube.out
    return partial, found


@dataclass(frozen=True)
class Job:
    """A job of a stage on files that are there."""

    stage: str
    spec: Mapping[str, Any]
    files: Mapping[str, Sequence[Path]]
    out: Path


def _draw(inventory: Inventory, keys: Sequence[Key]) -> None:
    """Draw the data of the first jobs, so that none of less importance is trained before them."""
    for name in dict.fromkeys(inventory.data_of(*key) for key in keys):
        job = Job("data", inventory.data[name], {}, inventory.path("data", name))
        if not _is_made(job):
            _run(job, inventory.results / "specs")


def _measuring(inventory: Inventory, partial: Inventory, study: str) -> Iterator[Job]:
    """The measures of a study on the traces that are there."""
    for measure, block in inventory.measures(study):
        if keys := [key for key in inventory.traces(study, block) if _is_trained(inventory, key)]:
            spec = inventory.measure(study, measure, block)
            spec["traces"] = [identity(inventory.train[key]) for key in keys]
            traces = [inventory.path("trace", *key) for key in keys]
            data = [inventory.path("data", inventory.data_of(*key)) for key in keys]
            out = partial.path("measure", study, measure, block)
            yield Job("measure", spec, {"trace": traces, "data": data}, out)


def _is_made(job: Job) -> bool:
    """Whether the file of a job is up to date. Reads NetCDF, whose library is for one thread at a time."""
    if not stale.is_made(job.stage, job.out, job.spec):
        return False
    inputs = [file for files in job.files.values() for file in files]
    return all(file.stat().st_mtime <= job.out.stat().st_mtime for file in inputs)


def _run(job: Job, specs: Path) -> bool:
    """Run a job in a process of its own; whether it succeeded. What went wrong is on stderr."""
    spec = specs / f"{identity(job.spec)}.json"
    store.write_json(job.spec, spec)
    words = [sys.executable, "-m", "adamatlas", job.stage, "--spec", f"@{spec}", "--out", str(job.out)]
    for name, files in job.files.items():
        words += [f"--{name}", *map(str, files)]
    return subprocess.run(words, check=False).returncode == 0


def _is_trained(inventory: Inventory, key: Key) -> bool:
    return stale.is_made("train", inventory.path("trace", *key), inventory.train[key])


def _checkpoint(inventory: Inventory, key: Key) -> Path:
    return inventory.results / "checkpoints" / key[0] / f"{job_id(inventory.train[key])}.npz"


def _prices(inventory: Inventory, keys: Sequence[Key]) -> dict[Key, float | None]:
    """The seconds that training jobs are likely to take, as earlier jobs here have taken; None: unknown."""
    prices = planning.priced(inventory)
    return {key: prices["train", key] for key in keys}


def _check(budget: float, prices: Mapping[Key, float | None]) -> None:
    """Raise UserError unless some job fits into the budget, or nobody knows how long one takes."""
    if not 0 < budget < math.inf:
        raise UserError(f"--budget: found {budget:g}; must be a number of seconds above 0")
    if prices and all(seconds is not None and seconds > budget for seconds in prices.values()):
        (study, cell, block), least = min(prices.items(), key=lambda item: item[1])
        raise UserError(
            f"--budget: {budget:g} s are too few for one job; the shortest, {study}, {cell}, seeds {block}, "
            f"is likely to take {least:.1f} s"
        )


def _within(end: float, words: Sequence[str], folder: Path) -> int:
    """The exit code of a command; 0 where it was interrupted, as by Ctrl-C, at the monotonic time `end`."""
    # A shell lets what it starts in the background ignore interrupts, and that is handed on to all jobs.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    running = subprocess.Popen(words, cwd=folder, start_new_session=True)
    try:
        return running.wait(timeout=end - time.monotonic())
    except subprocess.TimeoutExpired:
        print("adamatlas: the budget is spent, what runs is interrupted", file=sys.stderr)
        return 0
    finally:
        if running.poll() is None:
            os.killpg(running.pid, signal.SIGINT)
            running.wait()
        signal.signal(signal.SIGINT, before)


def _cores(said: str) -> int:
    return (os.cpu_count() or 1) if said == "all" else int(said)
