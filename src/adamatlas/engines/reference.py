"""The oracle of the other engines: torch autograd in float64, one lane after the other, slow."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import torch
import xarray as xr

from adamatlas.engines.trace import Record, snapshot, steps_of, trace
from adamatlas.lanes import expand, resolve
from adamatlas.problems.order import batch
from adamatlas.regularizers.autograd import objective_gradient


def train(
    spec: dict[str, Any],
    data: xr.Dataset,
    *,
    threads: int = 1,
    checkpoints: Path | None = None,
    progress: Any = None,
) -> xr.Dataset:
    """Train all lanes of a train spec on the draws of `data`; returns the trace.

    Computes in float64 whatever the dtype of the spec, keeps no checkpoints.
    """
    torch.set_num_threads(threads)
    problem = import_module(f"adamatlas.problems.{spec['problem']}.reference")
    lanes = expand(spec)
    records = []
    for number, lane in enumerate(lanes):
        settings, optimizer, regularizer = resolve(spec, lane)
        draw = data.sel(seed=lane["seed"])
        model = problem.Model(settings, {name: draw[name].values for name in draw.data_vars}, lane["seed"])
        records.append(run(spec, model, optimizer, regularizer, lane["seed"]))
        if progress is not None:
            progress.update((number + 1) * spec["schedule"]["steps"])
    out = trace(spec, records, problem)
    return out.assign({name: out[name].astype(spec["dtype"]) for name in ("w", "m", "v") if name in out})


def discard(spec: dict[str, Any], checkpoints: Path) -> None:
    """This engine keeps no checkpoints."""


def run(
    spec: dict[str, Any], model: Any, optimizer: dict[str, Any], regularizer: dict[str, Any], seed: int
) -> Record:
    """Train one lane; the record of its snapshots."""
    schedule = spec["schedule"]
    stops = steps_of(schedule)
    record = Record(len(stops))
    w = model.initial.clone()
    moments = (torch.zeros_like(w), torch.zeros_like(w))
    for step in range(schedule["steps"] + 1):
        if step == stops[record.taken]:
            if not torch.isfinite(w).all():
                record.diverged_step = step
                break
            record.take(snapshot(schedule, w.numpy(), *(x.numpy() for x in moments), model.histories(w)))
        if step == schedule["steps"]:
            break
        chosen = torch.from_numpy(examples(model, seed, step, schedule["batch_size"]))
        if not torch.isfinite(model.outputs(w)[chosen]).all():
            record.diverged_step = step
            break
        gradient = minibatch_gradient(model, w, chosen, regularizer, step)
        parts = getattr(model, "parts", {}).get(optimizer["v_block"], 1)
        w, moments = update(w, moments, gradient, optimizer, step + 1, model.neuron_dims, parts)
    return record


def examples(model: Any, seed: int, step: int, batch_size: int) -> np.ndarray:
    """The sample indices of a step; a model that samples more than those, such as label noise, does both."""
    if hasattr(model, "batch"):
        return model.batch(step, batch_size)
    return batch(seed, step, len(model.y), batch_size)


def minibatch_gradient(
    model: Any, w: torch.Tensor, chosen: torch.Tensor, regularizer: dict[str, Any], step: int
) -> torch.Tensor:
    """The gradient of the mean loss over the samples `chosen` and of the regularizer, by autograd."""
    weight = regularizer["weight"] if step < regularizer["off_step"] else 0.0
    return objective_gradient(lambda leaf: model.losses(leaf)[chosen], w, regularizer["kind"], weight)


def update(
    w: torch.Tensor,
    moments: tuple[torch.Tensor, torch.Tensor],
    g: torch.Tensor,
    optimizer: dict[str, Any],
    t: int,
    neuron_dims: tuple[int, ...],
    parts: int = 1,
) -> tuple[torch.Tensor, tuple[torch.Tensor, torch.Tensor]]:
    """One step of the update rule (see optimizers.rule), out of place, in plain torch operations.

    The weights of one neuron lie along `neuron_dims`; `parts` slices of rows have blocks of their own.
    """
    m, v = moments
    lr, decay = optimizer["lr"], optimizer["weight_decay"]
    coupled = optimizer["decay_kind"] == "coupled"
    g = g + decay * w if coupled else g
    squares = g**2
    if optimizer["v_block"] != "coordinate":
        sliced = squares.reshape(parts, -1, w.shape[1])
        within = [1 + dim for dim in neuron_dims] if optimizer["v_block"] == "neuron" else [1, 2]
        squares = sliced.mean(within, keepdim=True).expand_as(sliced).reshape(w.shape)
    m = m + (1 - optimizer["beta1"]) * (g - m)
    v = v + (1 - optimizer["beta2"]) * (squares - v)
    corrected = optimizer["bias_correction"]
    mhat = m / (1 - optimizer["beta1"] ** t) if corrected else m
    vhat = v / (1 - optimizer["beta2"] ** t) if corrected else v
    if optimizer["sign"]:
        direction = torch.sign(m)
    else:
        direction = mhat / (
            vhat.clamp(min=optimizer["v_floor"]) ** optimizer["v_exponent"] + optimizer["eps"]
        )
    shrink = 1.0 if coupled else 1 - lr * decay
    return shrink * w - lr * direction, (m, v)
