"""The engine of image networks: minibatch training in torch, lanes run in threads of one core each.

A lane's numbers depend on its own seed and settings alone, and each lane computes with one thread: they are
the same with any number of lanes and threads, uninterrupted or resumed.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import torch
import xarray as xr

from adamatlas.engines.fused import Run, complete, discard
from adamatlas.engines.subnormals import flush_subnormals
from adamatlas.lanes import expand, resolve

__all__ = ["discard", "train"]


def train(
    spec: dict[str, Any],
    data: xr.Dataset,
    *,
    threads: int = 1,
    checkpoints: Path | None = None,
    progress: Any = None,
) -> xr.Dataset:
    """Train all lanes of a train spec on the draws of `data`; returns the trace.

    Interrupts and checkpoints as in the fused engine.
    """
    problem = import_module(f"adamatlas.problems.{spec['problem']}.torch_images")
    samples = {seed: _sample(problem, spec, seed, data) for seed in spec["lanes"]["seed"]}
    runs = []
    for lane in expand(spec):
        settings, optimizer, regularizer = resolve(spec, lane)
        made = problem.Lane(
            settings,
            optimizer,
            samples[lane["seed"]],
            regularizer=regularizer,
            batch_size=spec["schedule"]["batch_size"],
        )
        runs.append(Run(spec, made))
    return complete(
        spec, runs, problem, threads=threads, checkpoints=checkpoints, progress=progress, prepare=prepare
    )


def prepare() -> None:
    """Open a thread: subnormals are 0, and it has one core.

    torch's limit is one of the calling thread; a new one multiplies with all cores until its first parallel
    loop, and the last bits of a product depend on their number.
    """
    torch.set_num_threads(1)
    flush_subnormals()


def _sample(problem: Any, spec: dict[str, Any], seed: int, data: xr.Dataset) -> Any:
    """The problem's Sample of one seed."""
    draw = data.sel(seed=seed)
    arrays = {name: np.ascontiguousarray(draw[name].values) for name in draw.data_vars}
    return problem.Sample(spec["settings"], arrays, seed, spec["dtype"])
