"""Time the claims of the README in one run and compare the ratios with their bounds.

    python -m benchmarks                    the paper's setting, five repetitions
    python -m benchmarks --json results/bench.json

Exit status 1 if a bound is missed.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path

import torch

from benchmarks import images, imports, label_noise, lenet5, past_run, setting, sweep, torch_loop
from benchmarks import regularized as regularized_run
from benchmarks.timing import Timing, device, interleave, ratio, timed, versions

STEPS = {
    "paper": {
        "fused": {2: 200_000, 100: 2_000, 200: 1_000},
        "plain": {2: 2_000, 100: 300, 200: 200},
        "image": 30,
        "regularized": 1_500,
        "label_noise": 100_000,
        "image_cpu": 100,
        "image_gpu": {16: 200, 1024: 16},
    },
    "tiny": {
        "fused": {2: 20, 10: 10, 20: 10},
        "plain": {2: 10, 10: 5, 20: 5},
        "image": 2,
        "regularized": 60,
        "label_noise": 20,
        "image_cpu": 2,
        "image_gpu": {16: 4, 1024: 2},
    },
}
"""Steps of one repetition by batch size, of the engine and of the loops that it is compared with.

A B=2 lane is long enough to reach the state it is in for most of its 10^6 steps: weights that no example
moves have decayed towards 0, where arithmetic on subnormal numbers may slow it down.
"""


TRAINING = ("train", "measure")
WHOLE = (*TRAINING, "gather", "figure", "judge")
SHARES = (
    ("tang2025 and zou2023, training and measuring", TRAINING, ("tang2025", "zou2023"), 15.0),
    ("meng2023 and cross.pegr_adam", WHOLE, ("meng2023", "cross.pegr_adam"), 4.0),
    ("li2025", WHOLE, ("li2025",), 6.0),
)
"""Parts of the default run: rules and papers or studies of the jobs, a bound in minutes."""


@dataclass(frozen=True)
class Check:
    """One claim of the README: the number of this run against its bound."""

    claim: str
    measured: float
    sense: str
    bound: float

    @property
    def met(self) -> bool:
        return self.measured <= self.bound if self.sense == "at most" else self.measured >= self.bound


@dataclass(frozen=True)
class Row:
    """One line of the table of times; `unit` is what one of the seconds was spent on."""

    name: str
    unit: str
    timing: Timing


def fused_run(settings: dict, steps: int, lanes: int = 1) -> Callable[[], float]:
    """Lanes of the fused engine on as many threads; seconds per step of one lane after another."""
    from adamatlas.engines import fused, run

    spec, draws = setting.train_spec(settings, steps, lanes), setting.draws(settings, lanes)
    return timed(lambda: run.train(fused, spec, draws, threads=lanes), steps)


def jax_run(settings: dict, data, steps: int, lanes: int) -> Callable[[], float]:
    from benchmarks.jax_scan import jax_scan

    x, label = torch_loop.dense_patches(data, settings)
    return timed(jax_scan(x.numpy(), label.numpy(), settings, steps, lanes), steps * lanes)


def training(base: dict, steps: dict, repetitions: int) -> tuple[list[Row], list[Check]]:
    """Fused engine, bare sweep, torch loop (and JAX, if there) at B=2, B=n/2 and full batch."""
    rows, checks = [], []
    for batch_size in steps["fused"]:
        settings = base | {"batch_size": batch_size}
        data = setting.data_set(settings)
        count, slow = steps["fused"][batch_size], steps["plain"][batch_size]
        runs = {
            "fused engine": fused_run(settings, count),
            "bare Adam sweep": timed(sweep.bare_sweep(settings, 10 * slow), 10 * slow),
            "torch loop, Adam(fused=True)": timed(torch_loop.torch_loop(data, settings, slow), slow),
        }
        if find_spec("jax"):
            runs["JAX scan, one network"] = jax_run(settings, data, slow, 1)
            runs["JAX scan, vmap over 8"] = jax_run(settings, data, slow, 8)
        times = interleave(runs, repetitions)
        rows += [Row(f"B={batch_size}: {name}", "step", timing) for name, timing in times.items()]
        gain = ratio(times["torch loop, Adam(fused=True)"], times["fused engine"])
        if batch_size == 2:
            share = ratio(times["fused engine"], times["bare Adam sweep"])
            checks.append(Check("B=2: one lane, in times of the bare sweep", share, "at most", 1.4))
            checks.append(Check("B=2: torch loop, in times of one lane", gain, "at least", 20.0))
        else:
            checks.append(Check(f"B={batch_size}: torch loop, in times of one lane", gain, "at least", 8.0))
    return rows, checks


def two_cores(base: dict, steps: dict, repetitions: int) -> tuple[list[Row], list[Check]]:
    """Two lanes on two threads against one lane on one."""
    settings, count = base | {"batch_size": 2}, 10 * steps["plain"][2]
    times = interleave(
        {"one lane": fused_run(settings, count), "two lanes, two threads": fused_run(settings, count, 2)},
        repetitions,
    )
    gain = 2.0 * ratio(times["one lane"], times["two lanes, two threads"])
    rows = [Row(f"B=2: {name}", "step", timing) for name, timing in times.items()]
    return rows, [
        Check("B=2: throughput of two lanes on two threads, in times of one", gain, "at least", 1.8)
    ]


def regularized(steps: int, repetitions: int) -> tuple[list[Row], list[Check]]:
    """The setting of meng2023: a whole run with its test set, and PEGR and FGR against plain steps."""
    kinds = {"plain": "none", "PEGR": "per_example_gradient", "FGR": "full_gradient"}
    whole = f"{steps} epochs with PEGR and their test set"
    runs = {name: timed(regularized_run.run(kind, 10 * steps), 10 * steps) for name, kind in kinds.items()}
    runs[whole] = timed(regularized_run.run(kinds["PEGR"], steps, measured=True), 1)
    times = interleave(runs, repetitions)
    rows = [
        Row(f"meng2023: {name}", "lane" if name == whole else "step", time) for name, time in times.items()
    ]
    gain = ratio(times["PEGR"], times["plain"])
    return rows, [
        Check(f"meng2023: {whole} (ms a lane)", 1e3 * times[whole].median, "at most", 60.0),
        Check("meng2023: a PEGR step, in times of a plain step", gain, "at most", 1.6),
    ]


def noisy_steps(steps: int, repetitions: int) -> tuple[list[Row], list[Check]]:
    """Steps of the problems with label noise, against the times of a faster machine."""
    runs = {name: timed(label_noise.run(one, steps), steps) for name, (one, _) in label_noise.RUNS.items()}
    times = interleave(runs, repetitions)
    rows = [Row(f"li2025: {name}", "step", timing) for name, timing in times.items()]
    return rows, [
        Check(f"li2025: {name} (us a step)", 1e6 * times[name].median, "at most", bound)
        for name, (_, bound) in label_noise.RUNS.items()
    ]


def image_steps(steps: int, repetitions: int) -> tuple[list[Row], list[Check]]:
    """LeNet5, B=64, 28x28: a step with PEGR and with FGR against a plain one, and a plain one by conv2d."""
    kinds = {"plain": "none", "PEGR": "per_example_gradient", "FGR": "full_gradient"}
    runs = {name: timed(lenet5.engine(kind, steps), steps) for name, kind in kinds.items()}
    runs["plain, conv2d loop"] = timed(lenet5.conv2d_loop(steps), steps)
    times = interleave(runs, repetitions)
    rows = [Row(f"LeNet5: {name}", "step", timing) for name, timing in times.items()]
    gain = ratio(times["PEGR"], times["plain"])
    return rows, [Check("LeNet5: a PEGR step, in times of a plain step", gain, "at most", 3.6)]


def image_networks(steps: dict, repetitions: int) -> tuple[list[Row], list[Check]]:
    """Steps of image networks on a GPU, where there is one, and on this processor."""
    found = [_on_two_cores(steps["image_cpu"], repetitions)]
    if torch.cuda.is_available():
        found += [_on_a_gpu(name, steps["image_gpu"], repetitions) for name in ("resnet18", "vgg16_bn")]
    return [row for rows, _ in found for row in rows], [check for _, checks in found for check in checks]


def _on_two_cores(steps: int, repetitions: int) -> tuple[list[Row], list[Check]]:
    bench = images.Bench("small_cnn", "mnist", 640, "cpu", "float32")
    runs = {
        "one lane": timed(bench.lanes(32, steps), steps),
        "two lanes": timed(bench.lanes(32, steps, 2), 2 * steps),
        "forward and backward pass alone": timed(bench.passes(32, steps), steps),
    }
    times = interleave(runs, repetitions)
    name = "small network, 28x28, B=32"
    rows = [Row(f"{name}: {what}", "step", time) for what, time in times.items()]
    two = ratio(times["one lane"], times["two lanes"])
    over = ratio(times["one lane"], times["forward and backward pass alone"])
    return rows, [
        Check(f"{name}: throughput of two lanes, in times of one", two, "at least", 1.8),
        Check(f"{name}: a step, in times of its passes", over, "at most", 1.15),
    ]


def _on_a_gpu(network: str, steps: dict[int, int], repetitions: int) -> tuple[list[Row], list[Check]]:
    """Lanes of bfloat16, as CUDA graphs, and a plain loop with TF32, by batch size."""
    bench = images.Bench(network, "cifar10", 8192, "cuda:0", "bfloat16")
    small, large = steps
    one, eight, loop, passes = "one lane", "eight lanes", "plain loop", "forward and backward pass alone"
    by_size = {}
    for batch, count in steps.items():
        runs = {
            one: timed(bench.lanes(batch, count), count * batch),
            loop: timed(bench.loop(batch, count), count * batch),
        }
        if batch == small:
            runs[eight] = timed(bench.lanes(batch, count, 8), 8 * count * batch)
        else:
            runs[passes] = timed(bench.passes(batch, count), count * batch)
        by_size[batch] = interleave(runs, repetitions)
    rows = [
        Row(f"{network}, B={batch}: {what}", "image", time)
        for batch, times in by_size.items()
        for what, time in times.items()
    ]
    few, many = by_size[small], by_size[large]
    name = f"{network}, B={{}}: images a second of {{}}, in times of a plain loop"
    return rows, [
        Check(name.format(small, one), ratio(few[loop], few[one]), "at least", 4.0),
        Check(name.format(small, eight), ratio(few[loop], few[eight]), "at least", 9.0),
        Check(name.format(large, one), ratio(many[loop], many[one]), "at least", 1.6),
        Check(
            f"{network}, B={large}: a step, in times of its passes",
            ratio(many[one], many[passes]),
            "at most",
            1.15,
        ),
    ]


def starting(repetitions: int) -> tuple[list[Row], list[Check]]:
    """Imports of a CPU training job in a fresh interpreter."""
    found = [imports.import_train() for _ in range(repetitions + 1)][1:]
    timing = Timing(tuple(one["seconds"] for one in found))
    checks = [
        Check("importing what a CPU train job imports (s)", timing.median, "at most", 1.0),
        Check("jobs of these that loaded torch", sum(one["torch"] for one in found), "at most", 0),
    ]
    return [Row("imports of a train job", "job", timing)], checks


def finished(folder: Path) -> list[Check]:
    """What a finished run at default scale cost, if there is one."""
    cost = past_run.cost(folder)
    if cost is None:
        print(f"No finished run in {folder}: its wall time, memory and size are not measured here.\n")
        return []
    return [
        Check("default run: wall time, in times of its jobs' on two cores", cost.overhead, "at most", 1.15),
        Check("default run: wall time (min)", cost.wall / 60.0, "at most", 30.0),
        Check("default run: peak memory of a job (GB)", cost.memory, "at most", 1.5),
        Check("default run: size of its folder (GB)", cost.size, "at most", 2.0),
        *(
            Check(f"default run: off what plan foresees from {scale}'s records, factor", off, "at most", 1.3)
            for scale, off in _surprises(folder)
        ),
        *(
            Check(f"{name}: jobs on two cores (min)", past_run.share(folder, *jobs) / 60.0, "at most", bound)
            for name, *jobs, bound in SHARES
        ),
    ]


def _surprises(folder: Path) -> list[tuple[str, float]]:
    """By which factor a finished run took longer, or shorter, than its own and smoke's records foresee."""
    scales = [scale for scale in (folder.name, "smoke") if (folder.parent / scale / "benchmarks").is_dir()]
    ratios = [(scale, past_run.foreseen(folder, scale)) for scale in scales]
    return [(scale, max(ratio, 1 / max(ratio, 1e-9))) for scale, ratio in ratios]


def show(rows: list[Row], checks: list[Check], repetitions: int) -> None:
    described = ", ".join(f"{name} {version}" for name, version in versions().items())
    print(f"{device()}; {described}; n = {repetitions} interleaved repetitions\n")
    print(f"{'':56}{'median':>12}{'least':>12}")
    for row in rows:
        unit, factor = ("us/" + row.unit, 1e6) if row.unit in ("step", "image") else ("s/" + row.unit, 1.0)
        print(f"{row.name:48}{unit:>8}{row.timing.median * factor:12.2f}{row.timing.least * factor:12.2f}")
    print(f"\n{'':72}{'measured':>9}  bound")
    for check in checks:
        verdict = "" if check.met else "   MISSED"
        print(f"{check.claim:72}{check.measured:9.2f}  {check.sense} {check.bound:g}{verdict}")


def write(path: Path, rows: list[Row], checks: list[Check], repetitions: int) -> None:
    report = {
        "processor": device(),
        "versions": versions(),
        "repetitions": repetitions,
        "times": [{"name": row.name, "unit": row.unit, "seconds": row.timing.seconds} for row in rows],
        "checks": [asdict(check) | {"met": check.met} for check in checks],
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(report, indent=1) + "\n")


GROUPS = {
    "training": lambda base, steps, options: training(base, steps, options.repeat),
    "two_cores": lambda base, steps, options: two_cores(base, steps, options.repeat),
    "regularized": lambda base, steps, options: regularized(steps["regularized"], options.repeat),
    "label_noise": lambda base, steps, options: noisy_steps(steps["label_noise"], options.repeat),
    "lenet5": lambda base, steps, options: image_steps(steps["image"], options.repeat),
    "images": lambda base, steps, options: image_networks(steps, options.repeat),
    "imports": lambda base, steps, options: starting(options.repeat),
    "run": lambda base, steps, options: ([], finished(options.run)),
}
"""What is timed, by its name in `--only`."""


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--repeat", type=int, default=7, help="interleaved repetitions (default 7, at least 5)"
    )
    parser.add_argument("--size", choices=list(STEPS), default="paper", help="tiny only shows that it runs")
    parser.add_argument("--run", type=Path, default=Path("results/default"), help="a finished run to cost")
    parser.add_argument("--json", type=Path, help="write the numbers to this file as well")
    parser.add_argument("--only", nargs="+", choices=list(GROUPS), help="some of what is timed")
    options = parser.parse_args(arguments)
    base = setting.PAPER if options.size == "paper" else setting.TINY
    steps = STEPS[options.size]

    rows, checks = [], []
    for name in options.only or GROUPS:
        more_rows, more_checks = GROUPS[name](base, steps, options)
        rows += more_rows
        checks += more_checks
    show(rows, checks, options.repeat)
    if options.json:
        write(options.json, rows, checks, options.repeat)
    return 0 if all(check.met for check in checks) else 1


if __name__ == "__main__":
    sys.exit(main())
