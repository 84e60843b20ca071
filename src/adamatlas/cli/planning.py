"""What `adamatlas plan` prints: the studies, what would run and why, what it costs, what is left over."""

from __future__ import annotations

import re
import subprocess
from argparse import Namespace
from collections.abc import Iterable
from dataclasses import dataclass

from adamatlas import estimate, records
from adamatlas.cli.arguments import snakemake
from adamatlas.engines import devices
from adamatlas.errors import UserError
from adamatlas.inventory import Inventory
from adamatlas.leftovers import find
from adamatlas.units import aligned, bytes_shown, duration

MESSAGES = {
    "data": r"Drawing (\w+-[0-9a-f]{16})$",
    "train": r"Training (\S+), (\S+), seeds (\S+)",
    "measure": r"Measuring (?P<measure>\S+) of (?P<study>\S+), seeds (?P<block>\S+)$",
    "gather": r"Gathering the cube of (\S+)$",
    "figure": r"Drawing (\S+), (\S+)$",
    "judge": r"Judging the claims of (\S+)$",
    "collect": r"Collecting all verdicts$",
}
"""How the rules announce a job, in the order of the pipeline."""
SHOWN = 10


@dataclass(frozen=True)
class DryRun:
    """What Snakemake would run: jobs per rule, why per rule, and the rule and key of every job."""

    counts: dict[str, int]
    reasons: dict[str, list[str]]
    keys: list[tuple[str, tuple[str, ...]]]


def dry_run(options: Namespace, scale: str) -> DryRun:
    """Ask Snakemake what it would run for the config of `options`. Raises UserError where it refuses."""
    config = options.config
    if not (config.parent / "Snakefile").is_file():
        raise UserError(
            f"{config.parent / 'Snakefile'}: no such file; run this in the folder of the workflow"
        )
    if config.name != "config.yaml":
        raise UserError(
            f"--config: found {config}; the workflow always reads config.yaml, so that only a file laid over "
            f"it can be planned: --configfile {config}"
        )
    devices.wanted()  # what is wrong with it, Snakemake would wrap in words of its own
    command = snakemake(options, scale, "-n", "--quiet", "host")
    answer = subprocess.run(command, cwd=config.parent, capture_output=True, text=True, check=False)
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
    return DryRun({rule: counts[rule] for rule in MESSAGES if rule in counts}, reasons, _keys(output))


def _keys(output: str) -> list[tuple[str, tuple[str, ...]]]:
    """(rule, key) of the announced jobs, as `estimate.Job` has them."""
    announced = re.findall(r"^Job \d+: (.*)$", output, re.MULTILINE)
    found = []
    for rule, pattern in MESSAGES.items():
        for match in filter(None, (re.match(pattern, text) for text in announced)):
            named = match.groupdict()
            key = (named["study"], named["measure"], named["block"]) if named else match.groups()
            found.append((rule, key or ("claims",)))
    return found


def priced(inventory: Inventory) -> dict[tuple[str, tuple[str, ...]], float | None]:
    """The seconds that each job of a complete run is likely to take, by rule and key; None: unknown."""
    calibration = records.Calibration(records.read(inventory.results.parent))
    return {(job.rule, job.key): calibration.seconds(job) for job in estimate.jobs(inventory)}


def studies(inventory: Inventory, prices: dict) -> str:
    """A line for each study; its core time is that of its cube, from nothing."""
    rows = [("study", "cells", "lanes", "core time", "measures")]
    for study in inventory.atlas.studies.values():
        specs = [block.train_spec for cell in study.cells for block in cell.blocks]
        cost = [price for (rule, key), price in prices.items() if rule != "figure" and key[0] == study.id]
        lanes = str(sum(map(estimate.lanes, specs)))
        rows.append((study.id, str(len(study.cells)), lanes, core_time(cost), ", ".join(study.measures)))
    return "\n".join(["", *aligned(rows), ""])


def jobs(run: DryRun, prices: dict) -> str:
    """A line for each rule that would run, and the first jobs by name."""
    if not run.counts:
        return "nothing to run: all files are up to date"
    rows = [("would run", "jobs", "core time", "why")]
    for rule, count in run.counts.items():
        cost = core_time(prices.get(key) for key in run.keys if key[0] == rule)
        rows.append((rule, str(count), cost, "; ".join(run.reasons.get(rule, []))))
    running = set(run.keys)
    keys = sorted((key for key in prices if key in running), key=lambda key: key[0] != "train")
    named = [f"  {rule}: {', '.join(key)}" for rule, key in keys[:SHOWN]]
    more = [f"  ... and {len(keys) - SHOWN} more"] if len(keys) > SHOWN else []
    return "\n".join([*aligned(rows), "", *named, *more, ""])


def cost(inventory: Inventory, run: DryRun, prices: dict, cores: int) -> str:
    """Time and disk of what would run; on `cores` cores no shorter than the longest job of every rule.

    What is planned for GPUs counts by itself.
    """
    gpu = {key for key in run.keys if key[0] == "train" and estimate.on_gpu(inventory.train[key[1]])}
    keys = [key for key in run.keys if key not in gpu]
    by_rule = {rule: [prices.get(key) for key in keys if key[0] == rule] for rule in run.counts}
    every = [seconds for part in by_rule.values() for seconds in part]
    known = sum(seconds for seconds in every if seconds)
    longest = sum(max((seconds for seconds in part if seconds), default=0.0) for part in by_rule.values())
    sizes = [estimate.training_bytes(inventory.train[key]) for rule, key in run.keys if rule == "train"]
    disk = bytes_shown(sum(size for size in sizes if size)) + (" + unknown" if None in sizes else "")
    wall = duration(max(longest, known / cores)) + (" + unknown" if None in every else "")
    on_gpus = f"; and {core_time(map(prices.get, gpu))} of one GPU" if gpu else ""
    return f"about {core_time(every)} of one core, {wall} on {cores} cores{on_gpus}; traces: {disk}"


def leftovers(inventory: Inventory) -> str:
    """The files that the config no longer asks for."""
    files = find(inventory)
    if not files:
        return "no leftover files"
    more = [f"... and {len(files) - SHOWN} more"] if len(files) > SHOWN else []
    size = bytes_shown(sum(file.stat().st_size for file in files))
    head = f"{len(files)} leftover files ({size}; `adamatlas prune` removes them):"
    return "\n  ".join([head, *map(str, files[:SHOWN]), *more])


def core_time(costs: Iterable[float | None]) -> str:
    """`3 min 10 s`, with `+ unknown` where some costs are not known."""
    costs = list(costs)
    known = [seconds for seconds in costs if seconds is not None]
    if None not in costs:
        return duration(sum(known))
    return f"{duration(sum(known))} + unknown" if known else "unknown"
