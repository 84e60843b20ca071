"""What `adamatlas plan` tells: the studies, what would run and why, what it costs, what is left over."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from adamatlas.errors import UserError
from adamatlas.estimate import estimate_bytes, estimate_seconds, lanes
from adamatlas.inventory import Inventory
from adamatlas.leftovers import find
from adamatlas.units import bytes_shown, duration

STAGES = ("data", "train", "measure", "gather", "figure", "judge", "collect")
SHOWN = 10


@dataclass(frozen=True)
class DryRun:
    """What Snakemake would run: jobs per rule, why per rule, and the keys of the training jobs."""

    counts: dict[str, int]
    reasons: dict[str, list[str]]
    training: list[tuple[str, str, str]]


def dry_run(config: Path, over: Sequence[Path], scale: str) -> DryRun:
    """Ask Snakemake, in the folder of `config`, with the files of `over` laid over it.

    Raises UserError with its last words if it refuses.
    """
    if not (config.parent / "Snakefile").is_file():
        raise UserError(
            f"{config.parent / 'Snakefile'}: no such file; run this in the folder of the workflow"
        )
    if config.name != "config.yaml":
        raise UserError(
            f"--config: found {config}; the workflow always reads config.yaml, so that only a file laid over "
            f"it can be planned: --configfile {config}"
        )
    command = [sys.executable, "-m", "snakemake", "-n", "--quiet", "host", "--config", f"scale={scale}"]
    command += ["--configfile", *(str(file.resolve()) for file in over)] if over else []
    answer = subprocess.run(
        command, cwd=config.parent, env=os.environ, capture_output=True, text=True, check=False
    )
    output = answer.stdout + answer.stderr
    if answer.returncode:
        raise UserError(f"snakemake -n failed: {' '.join(output.split())[-600:]}")
    return parse(output)


def parse(output: str) -> DryRun:
    """Read the output of a dry run."""
    table = re.search(r"^Job stats:\n(.*?)\n\n", output, re.MULTILINE | re.DOTALL)
    rows = table.group(1).splitlines()[2:] if table else []
    counts = {name: int(count) for name, count in (row.split() for row in rows)}
    reasons: dict[str, list[str]] = {}
    listed = re.search(r"^Reasons:\n.*?\n((?:    .*\n)+)", output, re.MULTILINE)
    for reason, rules in re.findall(r"    (\S.*):\n        (.*)", listed.group(1) if listed else ""):
        for rule in rules.split(", "):
            reasons.setdefault(rule, []).append(reason)
    training = re.findall(r"^Job \d+: Training (\S+), (\S+), seeds (\S+)", output, re.MULTILINE)
    return DryRun({rule: counts[rule] for rule in STAGES if rule in counts}, reasons, training)


def studies(inventory: Inventory) -> str:
    """A line for each study."""
    rows = [("study", "cells", "lanes", "core time", "measures")]
    for study in inventory.atlas.studies.values():
        specs = [block.train_spec for cell in study.cells for block in cell.blocks]
        cost = (
            f"traces of {study.traces_of}" if study.traces_of else duration(sum(map(estimate_seconds, specs)))
        )
        measures = ", ".join(study.measures)
        rows.append((study.id, str(len(study.cells)), str(sum(map(lanes, specs))), cost, measures))
    return "\n" + _aligned(rows) + "\n"


def jobs(run: DryRun) -> str:
    """A line for each rule that would run."""
    if not run.counts:
        return "nothing to run: all files are up to date"
    rows = [("would run", "jobs", "why")]
    rows += [(rule, str(count), "; ".join(run.reasons.get(rule, []))) for rule, count in run.counts.items()]
    return _aligned(rows) + "\n"


def cost(inventory: Inventory, run: DryRun) -> str:
    """Estimated time and disk of the training jobs that would run."""
    specs = [inventory.train[key] for key in run.training]
    if not specs:
        return "no training to do"
    seconds, cores = sum(map(estimate_seconds, specs)), os.cpu_count() or 1
    longest = max(map(estimate_seconds, specs))
    return (
        f"training: about {duration(seconds)} of one core, {duration(max(longest, seconds / cores))} on "
        f"{cores} cores; traces: {bytes_shown(sum(map(estimate_bytes, specs)))}"
    )


def leftovers(inventory: Inventory) -> str:
    """The files that the config no longer asks for."""
    files = find(inventory)
    if not files:
        return "no leftover files"
    more = [f"... and {len(files) - SHOWN} more"] if len(files) > SHOWN else []
    size = bytes_shown(sum(file.stat().st_size for file in files))
    head = f"{len(files)} leftover files ({size}; `adamatlas prune` removes them):"
    return "\n  ".join([head, *map(str, files[:SHOWN]), *more])


def _aligned(rows: list[tuple[str, ...]]) -> str:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ("  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)) for row in rows)
    return "\n".join(line.rstrip() for line in lines)
