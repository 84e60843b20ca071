"""Interleaved repetitions, and what is said about them."""

from __future__ import annotations

import platform
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path


@dataclass(frozen=True)
class Timing:
    """Seconds of one unit of work (a step, an import), one number a repetition."""

    seconds: tuple[float, ...]

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)

    @property
    def least(self) -> float:
        return min(self.seconds)


def timed(work: Callable[[], object], units: int) -> Callable[[], float]:
    """`work` as a run that returns its seconds per unit."""

    def run() -> float:
        start = time.perf_counter()
        work()
        return (time.perf_counter() - start) / units

    return run


def interleave(runs: dict[str, Callable[[], float]], repetitions: int) -> dict[str, Timing]:
    """Run all once to warm up, then all of them in turn, `repetitions` times."""
    for run in runs.values():
        run()
    rounds = [{name: run() for name, run in runs.items()} for _ in range(repetitions)]
    return {name: Timing(tuple(seconds[name] for seconds in rounds)) for name in runs}


def ratio(numerator: Timing, denominator: Timing) -> float:
    """Median over the repetitions of the ratio of times taken in the same round."""
    pairs = zip(numerator.seconds, denominator.seconds, strict=True)
    return statistics.median(above / below for above, below in pairs)


def processor() -> str:
    """The processor's name, as far as the system tells."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def device() -> str:
    """The processor's name, and that of the GPU where there is one."""
    import torch

    return processor() + (f", {torch.cuda.get_device_name(0)}" if torch.cuda.is_available() else "")


def versions() -> dict[str, str]:
    """Versions of Python and of the packages that a time depends on; absent ones are left out."""
    found = {"python": platform.python_version()}
    for name in ("adamatlas", "numpy", "numba", "llvmlite", "torch", "jax"):
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found
