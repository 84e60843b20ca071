"""Commands for the person at the keyboard."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from argparse import Namespace
from pathlib import Path
from typing import Any

from adamatlas.cli import sets
from adamatlas.cli.arguments import command
from adamatlas.errors import UserError

SCALES = ("smoke", "default", "paper")


def validate(options: Namespace) -> None:
    """Check the config: every mistake in one line, with the path of its key and what is allowed."""
    mistakes: list[str] = []
    warnings: list[str] = []
    for scale in [options.scale] if options.scale else SCALES:
        try:
            inventory = _inventory(Namespace(**vars(options) | {"scale": scale}))
        except UserError as error:
            mistakes += str(error).splitlines()
            continue
        warnings += inventory.atlas.warnings
        print(f"{scale}: {_size(inventory)}")
    for warning in dict.fromkeys(warnings):
        print(f"adamatlas: warning: {warning}", file=sys.stderr)
    if mistakes:
        raise UserError("\n".join(dict.fromkeys(mistakes)))


def plan(options: Namespace) -> None:
    """Show what the config asks for, what would run and why, how long it takes, and leftover files."""
    from adamatlas.cli import planning

    inventory = _inventory(options)
    jobs = planning.dry_run(options.config, options.configfile, inventory.atlas.scale)
    print(f"scale {inventory.atlas.scale}: {_size(inventory)}")
    print(planning.studies(inventory))
    print(planning.jobs(jobs))
    print(planning.cost(inventory, jobs))
    print(planning.leftovers(inventory))
    for text in sets.missing(inventory):
        print(f"adamatlas: warning: {text}", file=sys.stderr)


def prune(options: Namespace) -> int:
    """Remove the files of grid points that are no longer in the config, after showing them."""
    from adamatlas import leftovers

    inventory = _inventory(options)
    files = leftovers.find(inventory)
    if not files:
        print(f"nothing to remove in {inventory.results}")
        return 0
    for file in files:
        print(file)
    size = sum(file.stat().st_size for file in files)
    question = f"remove {len(files)} files ({bytes_shown(size)})?"
    if not options.yes and not _confirmed(question):
        print("nothing removed")
        return 1
    for file in files:
        file.unlink()
    _remove_empty({file.parent for file in files}, inventory.results)
    print(f"removed {len(files)} files ({bytes_shown(size)})")
    return 0


def claims(options: Namespace) -> None:
    """Show the verdicts on the papers' claims."""
    from adamatlas import store, verdicts

    file = _results(options) / "claims.json"
    if not file.is_file():
        raise UserError(f"{file}: no such file; run the workflow first (snakemake --cores all)")
    rows = [row for row in store.read_json(file) if options.paper in (None, row["paper"])]
    if options.paper and not rows:
        raise UserError(f"--paper: no claims of {options.paper} in {file}")
    if options.json:
        print(json.dumps(rows, indent=2, ensure_ascii=False))
    else:
        print(verdicts.text(rows, shutil.get_terminal_size((100, 24)).columns))


def info(options: Namespace) -> None:
    """Show what a NetCDF file of adamatlas holds and where it comes from."""
    from adamatlas import store

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

    inventory = _inventory(options)
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


def add(commands: argparse._SubParsersAction) -> None:
    """Declare the commands."""
    _add_config(command(commands, validate, "adamatlas validate --scale paper"), scale="default: every scale")
    _add_config(command(commands, plan, "adamatlas plan"))

    made = command(commands, prune, "adamatlas prune --yes")
    made.add_argument("--yes", action="store_true", help="do not ask")
    _add_config(made)

    made = command(commands, claims, "adamatlas claims --paper tang2025")
    made.add_argument("--paper", help="only the claims of this paper")
    made.add_argument("--json", action="store_true", help="as JSON")
    _add_config(made)

    made = command(commands, info, "adamatlas info results/default/cubes/tang2025.table1.nc")
    made.add_argument("file", type=Path, metavar="FILE", help="a NetCDF file")
    made.add_argument("--full", action="store_true", help="do not shorten long attributes")

    made = command(commands, sets.fetch, "adamatlas fetch mnist")
    made.add_argument("name", choices=("digits", "mnist"), metavar="NAME", help="image set: mnist")
    _add_config(made)

    made = command(commands, verify, "adamatlas verify")
    made.add_argument(
        "files", type=Path, nargs="*", metavar="FILE", help="these files (default: all results)"
    )
    _add_config(made)


def bytes_shown(size: float) -> str:
    """A size in bytes for people: `12.3 MB`, `1.25 GB`, `0.8 kB`."""
    if size >= 1e9:
        return f"{size / 1e9:.2f} GB"
    return f"{size / 1e6:.1f} MB" if size >= 1e5 else f"{size / 1e3:.1f} kB"


def _add_config(made: argparse.ArgumentParser, scale: str = "default: that of the config") -> None:
    made.add_argument("--config", type=Path, default=Path("config.yaml"), help="default: config.yaml")
    made.add_argument(
        "--configfile",
        type=Path,
        nargs="+",
        default=[],
        metavar="FILE",
        help="laid over the config, as Snakemake's option of this name does",
    )
    made.add_argument("--scale", choices=SCALES, help=scale)


def _inventory(options: Namespace) -> Any:
    from adamatlas import config
    from adamatlas.inventory import Inventory

    atlas = config.read(options.config, options.configfile, scale=options.scale)
    return Inventory(atlas).checked()


def _results(options: Namespace) -> Path:
    return _inventory(options).results


def _size(inventory: Any) -> str:
    """`3 studies, 10 cells, 50 lanes`; a study that measures another's traces has no cells of its own."""
    trained = [study for study in inventory.atlas.studies.values() if not study.runs]
    cells = sum(len(study.cells) for study in trained)
    from adamatlas.estimate import lanes

    total = sum(lanes(spec) for spec in inventory.train.values())
    return f"{len(inventory.atlas.studies)} studies, {cells} cells, {total} lanes"


def _values(ds: Any, name: str) -> str:
    if name not in ds.coords:
        return ""
    values = [f"{value:g}" if isinstance(value, float) else str(value) for value in ds[name].values.tolist()]
    return ", ".join(values if len(values) <= 8 else [*values[:4], "...", values[-1]])


def _describe(array: Any) -> None:
    """A variable, what it is and in which unit, and below its dims."""
    unit = array.attrs.get("units", "")
    print(f"  {array.name:<20} {array.attrs.get('long_name', '')}{f' [{unit}]' if unit else ''}".rstrip())
    print(f"  {'':<20} {array.dtype} ({', '.join(map(str, array.dims))})")


def _confirmed(question: str) -> bool:
    if not sys.stdin.isatty():
        raise UserError(f"{question} say so with --yes")
    return input(f"{question} [y/N] ").strip().lower() in ("y", "yes")


def _remove_empty(folders: set[Path], top: Path) -> None:
    """Remove those folders, and the ones above them below `top`, that hold nothing any more."""
    above = {parent for folder in folders for parent in (folder, *folder.parents) if top in parent.parents}
    for folder in sorted(above, key=lambda path: len(path.parts), reverse=True):
        if not any(folder.iterdir()):
            folder.rmdir()
