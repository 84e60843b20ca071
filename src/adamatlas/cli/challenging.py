"""`adamatlas challenge`: judge one claim again on seeds that it has not seen, with its rule fixed."""

from __future__ import annotations

import re
import shutil
import subprocess
from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from adamatlas.cli.arguments import inventory_of, snakemake
from adamatlas.errors import UserError
from adamatlas.registry import suggestion

if TYPE_CHECKING:
    from adamatlas.inventory import Inventory

FOLDER = "challenges"


def challenge(options: Namespace) -> int:
    """Train the study of a claim on fresh seeds and judge the claim on them; 1 where the verdict differs.

    The rule, the grid and the settings stay; results go to a folder of their own beside the others.
    """
    from adamatlas import store, verdicts

    inventory = inventory_of(options)
    group, study = _group(inventory, options.claim)
    first, count = _seeds(options.seeds)
    file = inventory.results / "claims.json"
    known = {row["id"]: row for row in store.read_json(file)} if file.is_file() else {}
    published = inventory.results.parent / "reference" / "claims.json"
    names = sorted(known) or (_ids(published) if published.is_file() else [])
    if names and options.claim not in names:
        raise UserError(f"no claim {options.claim!r}; {suggestion(options.claim, names)}")
    overlay = _overlay(inventory, first, count)
    fresh = Namespace(**vars(options) | {"configfile": [*options.configfile, overlay]})
    words = snakemake(fresh, inventory.atlas.scale, "--cores", options.cores, "--quiet", "rules")
    code = subprocess.run([*words, "--", study], cwd=options.config.parent, check=False).returncode
    if code:
        return code
    row = judged(inventory_of(fresh), group, study, options.claim)
    rows = [row] if options.claim not in known else [known[options.claim], row]
    print(verdicts.text(rows, shutil.get_terminal_size((100, 24)).columns))
    return int(len({row["verdict"] for row in rows}) > 1)


def _ids(file: Path) -> list[str]:
    from adamatlas import store

    return sorted(row["id"] for row in store.read_json(file))


def judged(inventory: Inventory, group: str, study: str, claim: str) -> dict[str, Any]:
    """The row of one claim on the cube of an inventory."""
    from adamatlas.cli import jobs

    rows = {one.id: one for one in jobs.judged(group, inventory.path("cube", study), study)}
    if claim not in rows:
        raise UserError(f"no claim {claim!r}; {suggestion(claim, sorted(rows))}")
    return rows[claim].to_dict()


def _group(inventory: Inventory, claim: str) -> tuple[str, str]:
    """The claim group `tang2025.table1` of a claim, and the study that it judges."""
    groups = {group: study for found in inventory.claims.values() for group, study in found.items()}
    name = ".".join(claim.split(".")[:2])
    if name not in groups:
        raise UserError(f"no claims {name!r}; {suggestion(name, sorted(groups))}")
    return name, groups[name]


def _seeds(said: str) -> tuple[int, int]:
    """(first, how many) of `100-119`."""
    found = re.fullmatch(r"(\d{1,6})-(\d{1,6})", said, re.ASCII)
    if not found or int(found[1]) > int(found[2]):
        raise UserError(f"--seeds: found {said!r}; give the first and the last, as 100-119")
    return int(found[1]), int(found[2]) - int(found[1]) + 1


def _overlay(inventory: Inventory, first: int, count: int) -> Path:
    """A config file that asks for these seeds, and for results of their own."""
    import yaml

    from adamatlas import store

    scale = inventory.atlas.scale
    results = inventory.results.parent / FOLDER / f"{first}-{first + count - 1}"
    file = results / f"{scale}.yaml"
    laid = {"first_seed": first, "results_dir": str(results), "scales": {scale: {"seeds": count}}}
    store.write_text(yaml.safe_dump(laid), file)
    return file
