"""The oracle of the other engines: torch autograd in float64, one lane after the other, slow."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

import torch
import xarray as xr

from adamatlas.engines.trace import Record, snapshot, steps_of, trace
from adamatlas.lanes import expand, resolve
from adamatlas.problems.order import batch


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
        settings, optimizer = resolve(spec, lane)
        draw = data.sel(seed=lane["seed"])
        model = problem.Model(settings, {name: draw[name].values for name in draw.data_vars}, lane["seed"])
        records.append(run(spec, model, optimizer, lane["seed"]))
        if progress is not None:
            progress.update((number + 1) * spec["schedule"]["steps"])
    out = trace(spec, records, problem)
    return out.assign({name: out[name].astype(spec["dtype"]) for name in ("w", "m", "v") if name in out})


def discard(spec: dict[str, Any], checkpoints: Path) -> None:
    """This engine keeps no checkpoints."""


def run(spec: dict[str, Any], model: Any, optimizer: dict[str, Any], seed: int) -> Record:
    """Train one lane; the record of its snapshots."""
    schedule = spec["schedule"]
    stops = steps_of(schedule)
    record = Record(len(stops))
    w = model.initial.clone()
    moments = (torch.zeros_like(w), torch.zeros_like(w))
    for step in range(schedule["steps"] + 1):
        if step == stops[record.taken]:
            record.take(snapshot(schedule, w.numpy(), *(x.numpy() for x in moments), model.histories(w)))
        if step == schedule["steps"]:
            break
        chosen = torch.from_numpy(batch(seed, step, len(model.y), schedule["batch_size"]))
        gradient = minibatch_gradient(model, w, chosen)
        w, moments = update(w, moments, gradient, optimizer, step + 1, model.neuron_dims)
        if not torch.isfinite(w).all():
            record.diverged_step = step
            break
    return record


def minibatch_gradient(model: Any, w: torch.Tensor, chosen: torch.Tensor) -> torch.Tensor:
    """The gradient of the mean loss over the samples `chosen`, by autograd."""
    leaf = w.detach().requires_grad_()
    (gradient,) = torch.autograd.grad(model.losses(leaf)[chosen].mean(), leaf)
    return gradient


def update(
    w: torch.Tensor,
    moments: tuple[torch.Tensor, torch.Tensor],
    g: torch.Tensor,
    optimizer: dict[str, Any],
    t: int,
    neuron_dims: tuple[int, ...],
) -> tuple[torch.Tensor, tuple[torch.Tensor, torch.Tensor]]:
    """One step of the update rule (see optimizers.rule), out of place, in plain torch operations.

    The weights of one neuron lie along `neuron_dims`.
    """
    m, v = moments
    lr, decay = optimizer["lr"], optimizer["weight_decay"]
    coupled = optimizer["decay"] == "coupled"
    g = g + decay * w if coupled else g
    squares = g**2
    if optimizer["block"] == "neuron":
        squares = squares.mean(neuron_dims, keepdim=True).expand_as(w)
    elif optimizer["block"] != "coordinate":
        squares = squares.mean().expand_as(w)
    m = m + (1 - optimizer["beta1"]) * (g - m)
    v = v + (1 - optimizer["beta2"]) * (squares - v)
    corrected = optimizer["bias_correction"]
    mhat = m / (1 - optimizer["beta1"] ** t) if corrected else m
    vhat = v / (1 - optimizer["beta2"] ** t) if corrected else v
    if optimizer["sign"]:
        direction = torch.sign(m)
    else:
        direction = mhat / (vhat.clamp(min=optimizer["floor"]) ** optimizer["p"] + optimizer["eps"])
    shrink = 1.0 if coupled else 1 - lr * decay
    return shrink * w - lr * direction, (m, v)
