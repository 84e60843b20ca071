"""What a finished run cost, from the benchmark files of its jobs and Snakemake's own records."""

from __future__ import annotations

import base64
import csv
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from adamatlas import records

CORES = 2


@dataclass(frozen=True)
class Cost:
    """Wall time, and how long all jobs ran, in seconds; memory (the largest job's peak) and size in GB."""

    wall: float
    compute: float
    memory: float
    size: float

    @property
    def overhead(self) -> float:
        """Wall time over the running times of all jobs, spread evenly over the cores."""
        return self.wall / (self.compute / CORES)


@dataclass(frozen=True)
class Job:
    """A finished job: its rule, what it is about (`meng2023.fig1.<hash>`, `li2025`), time, memory (MB)."""

    rule: str
    about: str
    seconds: float
    memory: float


def jobs(results: Path) -> list[Job]:
    """The jobs that left benchmark files (Snakemake's columns s and max_rss, MB) under `results`."""
    found = []
    for path in sorted(results.glob("benchmarks/**/*.tsv")):
        rule, *about = path.relative_to(results / "benchmarks").with_suffix("").parts
        with path.open() as lines:
            found += [
                Job(rule, ".".join(about), number(line["s"]), number(line["max_rss"]))
                for line in csv.DictReader(lines, delimiter="\t")
            ]
    return found


def share(results: Path, rules: Iterable[str], about: tuple[str, ...]) -> float:
    """Seconds that the jobs of `rules` about these papers or studies take, spread evenly over the cores."""
    chosen = [job for job in jobs(results) if job.rule in rules and job.about.startswith(about)]
    return sum(job.seconds for job in chosen) / CORES


def spans(results: Path, metadata: Path) -> list[tuple[float, float]]:
    """(start, end) of every job whose output lies under `results`, from .snakemake/metadata."""
    found = []
    for record in metadata.rglob("*"):
        if record.is_dir():
            continue
        output = base64.b64decode(str(record.relative_to(metadata)).replace("/", ""), altchars=b"-_").decode()
        if Path(output).is_relative_to(results):
            times = json.loads(record.read_text())
            found.append((times["starttime"], times["endtime"]))
    return found


def cost(results: Path, metadata: Path = Path(".snakemake/metadata")) -> Cost | None:
    """The cost of the run that wrote `results`; None if it left no benchmark files or records.

    The wall time is from the start of the first job to the end of the last, so it means something only
    for a run in one go.
    """
    done = jobs(results)
    times = spans(results, metadata) if done else []
    if not times:
        return None
    start, end = min(first for first, _ in times), max(last for _, last in times)
    # A job has one thread, so it computes while it runs. Snakemake's own "cpu_time" is sampled too coarsely.
    compute = sum(job.seconds for job in done)
    memory = max(job.memory for job in done) / 1024
    size = sum(path.stat().st_size for path in results.rglob("*") if path.is_file()) / 1e9
    return Cost(wall=end - start, compute=compute, memory=memory, size=size)


def foreseen(results: Path, scale: str) -> float:
    """The time of a finished run's jobs over what `adamatlas plan` foresees from the records of a scale."""
    done, known = (records.read(results.parent, name) for name in (results.name, scale))
    calibration = records.Calibration(known)
    likely = [calibration.seconds(record.job) or 0.0 for record in done]
    return sum(record.seconds for record in done) / max(sum(likely), 1e-9)


def number(text: str) -> float:
    return 0.0 if text in ("NA", "-", "") else float(text)
