"""Commands about results: verdicts, what a file holds, whether it is intact, runs compared or merged."""

import argparse
import json
import shutil
from argparse import Namespace
from itertools import groupby
from pathlib import Path
from typing import Any

from adamatlas.cli import published
from adamatlas.cli.arguments import add_config, command, inventory_of, output
from adamatlas.errors import UserError
from adamatlas.units import value_shown


def claims(options: Namespace) -> None:
    """Show the verdicts on the papers' claims; with --from, judge them on cubes that are there.

    With --from the verdicts are also written, as claims.json and claims.html, and no training is needed.
    """
    from adamatlas import verdicts

    rows = published.claims(options) if options.folder is not None else _verdicts(options)
    rows = [row for row in rows if options.paper in (None, row["paper"])]
    if options.paper and not rows:
        raise UserError(f"--paper: no claims of {options.paper}")
    if options.json:
        print(json.dumps(rows, indent=2, ensure_ascii=False))
    else:
        print(verdicts.text(rows, shutil.get_terminal_size((100, 24)).columns))


def info(options: Namespace) -> None:
    """Show what a NetCDF file of adamatlas holds and where it comes from, or what fits which problem.

    With --measures: the measures of each problem and what they deliver, and the figures and claim groups that
    can read it. A study names them in `measures`, `figures` and `claims`; the latter two are of its paper.
    """
    from adamatlas import store

    if options.measures:
        print(_fitting())
        return
    if options.file is None:
        raise UserError("info: name a FILE, or give --measures")
    ds = store.read_dataset(options.file)
    print(f"{options.file}: {ds.attrs['kind']}")
    print("\ndims")
    for name, size in ds.sizes.items():
        print(f"  {name:<16} {size:>6}  {_values(ds, str(name))}")
    for title, names in (("coordinates", ds.coords), ("quantities", ds.data_vars)):
        print(f"\n{title}")
        for name in names:
            _describe(ds[name])
    print("\nprovenance")
    for name, value in ds.attrs.items():
        shown = str(value)
        print(f"  {name:<18} {shown if options.full or len(shown) <= 90 else shown[:87] + '...'}")


def verify(options: Namespace) -> int:
    """Check every file of the results: its checksum, its spec, and that this is what the config asks for."""
    from adamatlas import store
    from adamatlas.specs import identity

    inventory = inventory_of(options)
    wanted = {path.resolve(): identity(spec) for _, path, spec in inventory.datasets()}
    found = (file for kind in ("*.nc", "*.json") for file in inventory.results.rglob(kind))
    files = options.files or sorted(file for file in found if file.is_file())
    failed = 0
    for file in files:
        try:
            store.verify(file, spec_id=wanted.get(file.resolve()))
        except UserError as error:
            failed += 1
            print(error)
    print(f"{len(files) - failed} of {len(files)} files are intact")
    return 1 if failed else 0


def compare(options: Namespace) -> int:
    """Compare two runs: the variables of their cubes, and the verdicts; exit code 1 where something differs.

    A run is a folder such as results/default; the second one is the published run by default.
    """
    from adamatlas import compare as beside

    count, found = beside.runs(options.run_a, options.run_b, options.rtol, options.atol)
    for about, differences in groupby(found, key=lambda difference: difference.about):
        print(about, *(f"  {difference.what}" for difference in differences), sep="\n")
    moved = sum(difference.moved for difference in found)
    print(f"{count} studies and claims compared: {len(found)} differences, {moved} verdicts moved")
    return 1 if found else 0


def merge(options: Namespace) -> None:
    """Join cubes of one study from several runs or machines into one, over cells and seeds.

    Runs that several cubes hold must be the same in all. Where the cubes come from is kept in the attribute
    `parts`, and what none of them has run of the grids they ask for is listed in `missing`.
    """
    from adamatlas import merging, store
    from adamatlas.cli.jobs import common
    from adamatlas.cli.stages import TRAINING_ATTRS

    if options.out.resolve() in {file.resolve() for file in options.files}:
        raise UserError(f"--out: {options.out} is one of the cubes to merge; name another file")
    cube, spec = merging.merge(options.files, options.rtol, options.atol)
    of_files = common([store.read_attrs(file) for file in options.files], TRAINING_ATTRS)
    attrs = {"kind": "cube"} | of_files | common(cube.attrs["parts"], TRAINING_ATTRS)
    store.write_dataset(cube, options.out, spec=spec, attrs=attrs)
    ran = int((cube["status"] > 0).sum())
    lacking = int((cube["status"] < 0).sum())
    print(f"{options.out}: {ran} runs of {spec['id']}, {lacking} of its grid are missing")


def add(commands: argparse._SubParsersAction) -> None:
    """Declare the commands."""
    made = command(commands, claims, "adamatlas claims --paper tang2025")
    made.add_argument("--paper", help="only the claims of this paper")
    made.add_argument("--json", action="store_true", help="as JSON")
    published.add_source(made)
    add_config(made)

    made = command(commands, info, "adamatlas info results/default/cubes/tang2025.table1.nc")
    made.add_argument("file", type=Path, nargs="?", metavar="FILE", help="a NetCDF file")
    made.add_argument("--measures", action="store_true", help="what fits which problem, instead of a file")
    made.add_argument("--full", action="store_true", help="do not shorten long attributes")

    made = command(commands, verify, "adamatlas verify")
    text = "these files (default: all results)"
    made.add_argument("files", type=Path, nargs="*", metavar="FILE", help=text)
    add_config(made)

    made = command(commands, compare, "adamatlas compare results/default --rtol 1e-6")
    made.add_argument("run_a", type=Path, metavar="RUN_A", help="folder of a run, such as results/default")
    reference = Path("results/reference")
    text = f"folder of another (default: {reference}, the published one)"
    made.add_argument("run_b", type=Path, nargs="?", metavar="RUN_B", default=reference, help=text)
    _add_tolerances(made)

    made = command(commands, merge, "adamatlas merge here.nc there.nc --out both.nc")
    text = "cubes of one study"
    made.add_argument("files", type=Path, nargs="+", metavar="CUBE", help=text)
    made.add_argument("-o", "--out", type=output, required=True, metavar="FILE", help="cube to write")
    _add_tolerances(made)


def _add_tolerances(made: argparse.ArgumentParser) -> None:
    for name in ("relative", "absolute"):
        text = f"{name} tolerance (default: 0, to the bit)"
        made.add_argument(f"--{name[0]}tol", type=float, default=0.0, metavar="X", help=text)


def _verdicts(options: Namespace) -> list[dict[str, Any]]:
    """The rows of claims.json, of the named studies."""
    from adamatlas import store

    file = inventory_of(options).results / "claims.json"
    if not file.is_file():
        raise UserError(f"{file}: no such file; run the workflow first (snakemake --cores all)")
    wanted = {f"cubes/{study}.nc" for study in options.study}
    return [row for row in store.read_json(file) if not wanted or row["cube"] in wanted]


def _fitting() -> str:
    """The measures of each problem, and the figures and claim groups that find there all that they read."""
    from adamatlas import declarations, registry
    from adamatlas.config.keys import keys
    from adamatlas.config.references import ALWAYS

    lines = []
    for problem in registry.names("problems"):
        lines.append(problem)
        quantities = {}
        for measure in declarations.of_problem(problem):
            quantities |= (delivered := measure.delivers(problem))
            lines.append(f"  measure {measure.name:<20} {', '.join(delivered)}")
        dims = {dim for one in quantities.values() for dim in one.dims}
        known = {*keys(problem), *quantities, *dims, *ALWAYS}
        for room in ("figures", "claims"):
            for paper in registry.papers(room):
                fitting = [name for name in registry.names(room, paper) if _asked(room, name, paper) <= known]
                lines += [f"  {room:<7} {paper:<20} {', '.join(fitting)}"] if fitting else []
    return "\n".join(lines)


def _asked(room: str, name: str, paper: str) -> set[str]:
    """The axes and quantities that a figure or a claim group reads."""
    from adamatlas import registry

    source = registry.path(room, name, paper)
    return {name for key in ("REQUIRES", "QUANTITIES") for name in registry.literal(source, key) or ()}


def _values(ds: Any, name: str) -> str:
    if name not in ds.coords:
        return ""
    values = list(map(value_shown, ds[name].values.tolist()))
    return ", ".join(values if len(values) <= 8 else [*values[:4], "...", values[-1]])


def _describe(array: Any) -> None:
    """A variable, what it is and in which unit, and below its dims."""
    unit = array.attrs.get("units", "")
    print(f"  {array.name:<20} {array.attrs.get('long_name', '')}{f' [{unit}]' if unit else ''}".rstrip())
    print(f"  {'':<20} {array.dtype} ({', '.join(map(str, array.dims))})")
