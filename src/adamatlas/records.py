"""Estimates corrected by how long the jobs took that Snakemake has run here, at any scale."""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from adamatlas.errors import UserError
from adamatlas.estimate import START_SECONDS, Job, light_job, measure_job, train_job

PRIOR_SECONDS = 10.0
"""The weight of an estimate, in seconds of recorded jobs."""


@dataclass(frozen=True)
class Record:
    """A job as it would have been estimated, and the seconds that it took."""

    job: Job
    seconds: float


class Calibration:
    """The factors between recorded and estimated times on this machine, for groups of similar jobs.

    The factor of a rule, and then of every narrower group of a job's `kin`, is the median of recorded over
    estimated time, where a record weighs as its estimate and the wider group's factor as PRIOR_SECONDS. A
    median, since the first job compiles for all and other programs may slow the machine for a while.
    """

    def __init__(self, records: Iterable[Record]) -> None:
        self._ratios: dict[tuple[str, ...], list[tuple[float, float]]] = defaultdict(list)
        for record in records:
            if record.job.seconds:
                for group in _groups(record.job):
                    self._ratios[group].append((record.seconds / record.job.seconds, record.job.seconds))

    def seconds(self, job: Job) -> float | None:
        """How long a job is likely to take; None where nobody estimates it."""
        if job.seconds is None:
            return None
        factor = 1.0
        for group in _groups(job):
            factor = _median([*self._ratios.get(group, ()), (factor, PRIOR_SECONDS)])
        return factor * job.seconds


def read(results: Path, scale: str = "*") -> list[Record]:
    """The records below a folder of results, which has a folder for each scale, or of one scale alone.

    The specs of training and measuring are read from the files that the jobs wrote; records of jobs whose
    file is gone, or that cannot be estimated, are passed over.
    """
    return [record for folder in sorted(results.glob(f"{scale}/benchmarks")) for record in _of_scale(folder)]


def _of_scale(folder: Path) -> Iterator[Record]:
    from adamatlas import store

    traces: dict[str, Mapping[str, Any]] = {}

    def made_from(file: Path) -> tuple[str, dict[str, Any], bool]:
        attrs = store.read_attrs(folder.parent / file)
        return attrs["spec_id"], json.loads(attrs["spec_json"]), attrs.get("device", "cpu") != "cpu"

    def job(rule: str, path: Path) -> Job:
        *parents, name = path.relative_to(folder / rule).with_suffix("").parts
        key = (*parents, *name.rpartition("~")[::2]) if rule in ("train", "measure") else (*parents, name)
        if rule == "train":
            trace, spec, gpu = made_from(Path("traces", *parents, f"{name}.nc"))
            traces[trace] = spec
            return train_job(key, spec, gpu)
        if rule == "measure":
            _, spec, _ = made_from(Path("measures", *parents, f"{name}.nc"))
            return measure_job(key, [traces[trace] for trace in spec["traces"]])
        return light_job(rule, *key)

    for rule in START_SECONDS:
        for path in sorted((folder / rule).rglob("*.tsv")):
            with suppress(UserError, KeyError, ValueError):
                yield Record(job(rule, path), _seconds(path))


def _seconds(path: Path) -> float:
    """The wall-clock time in one of Snakemake's benchmark files."""
    with path.open(newline="") as stream:
        return float(next(csv.DictReader(stream, delimiter="\t"), {})["s"])


def _groups(job: Job) -> list[tuple[str, ...]]:
    """What a job belongs to, the widest group first."""
    return [(job.rule, *job.kin[:end]) for end in range(len(job.kin) + 1)]


def _median(weighted: list[tuple[float, float]]) -> float:
    """The value below and above which lies half of the weight, of (value, weight) pairs."""
    half, total = sum(weight for _, weight in weighted) / 2, 0.0
    for value, weight in sorted(weighted):
        total += weight
        if total >= half:
            return value
    raise ValueError("no values")
