"""What a run costs before it runs, as its problems and measures estimate it: seconds of a core or GPU, bytes.

A problem estimates in its `cost.py` (`contracts.CostModule`), a measure by its literal SECONDS (see
`declarations`); what nobody estimates is None. `records` corrects the estimates by earlier jobs.
"""

from __future__ import annotations

import importlib
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from adamatlas import declarations, registry
from adamatlas.contracts import CostModule
from adamatlas.engines import devices
from adamatlas.inventory import Inventory

START_SECONDS = {
    "data": 1.2, "train": 1.4, "measure": 0.5, "gather": 0.6, "figure": 2.2, "judge": 1.6, "collect": 0.6
}  # fmt: skip
"""The start of a job of each rule, which is nearly all of most jobs."""
BYTES = {"float32": 4, "float64": 8}
LEAST_MB, MEMORY_MB = 1000, {"train": 2500, "measure": 2000}
TRACES_HELD, WEIGHTS_HELD = 6, 8
"""How often a job may hold a trace, and a training job the weights of its lanes."""
LEAST_MINUTES, SLOWER, UNKNOWN_MINUTES, MOST_MINUTES = 10, 4, 240, 7 * 24 * 60


@dataclass(frozen=True)
class Job:
    """One job of a rule: `key` names its file; `kin` are the groups of similar jobs, the widest first."""

    rule: str
    key: tuple[str, ...]
    kin: tuple[str, ...]
    seconds: float | None


def jobs(inventory: Inventory) -> Iterator[Job]:
    """Every job of a complete run."""
    yield from (light_job("data", name) for name in inventory.data)
    yield from (train_job(key, spec) for key, spec in inventory.train.items())
    for study in inventory.atlas.studies:
        for measure, block in inventory.measures(study):
            traces = [inventory.train[key] for key in inventory.traces(study, block)]
            yield measure_job((study, measure, block), traces)
        yield light_job("gather", study)
    yield from (light_job("figure", *key) for key in inventory.figures)
    yield from (light_job("judge", paper) for paper in inventory.claims)
    if inventory.claims:
        yield light_job("collect", "claims")


def train_job(key: tuple[str, str, str], spec: Mapping[str, Any], gpu: bool | None = None) -> Job:
    """The training of (study, cell, block); gpu: as for `training_seconds`."""
    gpu = on_gpu(spec) if gpu is None else gpu
    kin = f"{spec['problem']} on a GPU" if gpu else spec["problem"]
    return Job("train", key, (kin, key[0]), training_seconds(spec, gpu))


def measure_job(key: tuple[str, str, str], traces: list[Mapping[str, Any]]) -> Job:
    """The measuring of (study, measure, block) on traces of these train specs."""
    study, measure, _ = key
    seconds = None
    if said := declarations.read(measure).seconds:
        each = sum(lanes(spec) * snapshots(spec) for spec in traces)
        seconds = START_SECONDS["measure"] + said[0] + said[1] * each
    return Job("measure", key, (measure, study), seconds)


def light_job(rule: str, *key: str) -> Job:
    """A job that takes hardly longer than its start."""
    kin = (key[0].rpartition("-")[0],) if rule == "data" else key  # patch_cnn-0123456789abcdef
    return Job(rule, key, kin, START_SECONDS[rule])


def training_seconds(spec: Mapping[str, Any], gpu: bool | None = None) -> float | None:
    """Seconds of a training job; None for the reference engine, and where the problem gives no estimate.

    gpu: whether it computes on a GPU; None: where ADAMATLAS_DEVICE says `cuda`, and its engine can.
    """
    gpu = on_gpu(spec) if gpu is None else gpu
    cost, prefix = _cost(spec["problem"]), "gpu_" * gpu
    each = getattr(cost, f"{prefix}step_seconds", None) if spec["engine"] != "reference" else None
    seconds = each(spec) if each else None
    if seconds is None:
        return None
    start = START_SECONDS["train"] + getattr(cost, f"{prefix}start_seconds".upper(), 0.0)
    return start + lanes(spec) * spec["schedule"]["steps"] * seconds


def on_gpu(spec: Mapping[str, Any]) -> bool:
    """Whether ADAMATLAS_DEVICE says `cuda`, and the engine of a train spec can use a GPU."""
    return devices.wanted() == "cuda" and "cuda" in devices.kinds(spec["engine"])


def training_bytes(spec: Mapping[str, Any]) -> int | None:
    """Size of a trace: its weights, and the moments where they are kept."""
    schedule, weights = spec["schedule"], _weights(spec)
    if not weights:
        return None
    copies = bool(schedule["weights"]) + 2 * bool(schedule["moments"])
    return lanes(spec) * snapshots(spec) * copies * weights * BYTES[spec["dtype"]]


def memory_asked(rule: str, specs: Iterable[Mapping[str, Any]] = ()) -> int:
    """The MB that a job asks a scheduler for which trains, or measures, the traces of these train specs."""
    held = [0]
    for spec in specs:
        own = lanes(spec) * _weights(spec) * BYTES[spec["dtype"]] if rule == "train" else 0
        held.append(TRACES_HELD * (training_bytes(spec) or 0) + WEIGHTS_HELD * own)
    return MEMORY_MB.get(rule, LEAST_MB) + max(held) // 2**20


def minutes_asked(seconds: float | None) -> int:
    """The minutes that a job of so many estimated seconds asks for: nodes may be slow, estimates wrong."""
    if seconds is None:
        return UNKNOWN_MINUTES
    return min(math.ceil(LEAST_MINUTES + SLOWER * seconds / 60), MOST_MINUTES)


def lanes(spec: Mapping[str, Any]) -> int:
    """Lanes of a training job."""
    return math.prod(map(len, spec["lanes"].values()))


def snapshots(spec: Mapping[str, Any]) -> int:
    """Snapshots of each lane of a training job."""
    return 1 if spec["schedule"]["snapshot_spacing"] == "last" else spec["schedule"]["snapshots"]


def _weights(spec: Mapping[str, Any]) -> int:
    """Weights of a lane; 0 where nobody says."""
    cost = _cost(spec["problem"])
    return (cost.weights(spec["settings"]) if cost else None) or 0


@cache
def _cost(problem: str) -> CostModule | None:
    """The problem's cost.py, if it has one."""
    source = registry.path("problems", problem).with_name("cost.py")
    return importlib.import_module(f"adamatlas.problems.{problem}.cost") if source.is_file() else None
