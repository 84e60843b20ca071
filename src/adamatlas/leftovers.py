"""Leftover files: what adamatlas has written and the config no longer asks for."""

import re
import time
from pathlib import Path

from adamatlas import store
from adamatlas.engines.checkpoints import job_id
from adamatlas.errors import UserError
from adamatlas.inventory import Inventory

_WORD, _STUDY, _BLOCK = r"[A-Za-z0-9_]+", r"[A-Za-z0-9_]+\.[A-Za-z0-9_]+", r"[0-9]+-[0-9]+"
NAMES = {
    "data": rf"data/{_WORD}-[0-9a-f]{{16}}\.nc",
    "trace": rf"traces/{_STUDY}/[A-Za-z0-9._=+~-]+~{_BLOCK}\.nc",
    "measure": rf"measures/{_STUDY}/{_WORD}~{_BLOCK}\.nc",
    "cube": rf"cubes/{_STUDY}\.nc",
    "figure": rf"figures/{_WORD}/{_WORD}\.(png|pdf)",
    "claims": rf"claims/{_WORD}\.json",
    "locks": rf"checkpoints/{_STUDY}\.locks",
    "checkpoint": rf"checkpoints/{_STUDY}/[0-9a-f]{{16}}\.npz",
}
"""How the files of each kind are called, below the folder of a scale."""
ABANDONED = 3600.0
"""Age in seconds from which an unfinished file belongs to no running job."""
MARK = b"adamatlas"
"""Stands in the metadata of every picture that we draw."""


def find(inventory: Inventory) -> list[Path]:
    """Our own files in the results folder that no grid point of the config makes, sorted.

    A file is ours if it is called as we call it and says inside that we wrote it; links are not followed.
    """
    folder = inventory.results / "checkpoints"
    checkpoints = (folder / study / f"{job_id(spec)}.npz" for (study, *_), spec in inventory.train.items())
    locks = (folder / f"{study}.locks" for study in inventory.atlas.studies)
    wanted = {*inventory.files(), *checkpoints, *locks}
    found = (path for path in inventory.results.rglob("*") if path.is_file() and not path.is_symlink())
    return sorted(path for path in found if path not in wanted and _is_ours(path, inventory.results))


def _is_ours(path: Path, results: Path) -> bool:
    name = path.relative_to(results).as_posix()
    if unfinished := re.fullmatch(r"(.*/)\.([^/]+)\.[0-9]+\.tmp", name):
        name = "".join(unfinished.groups())
        old = time.time() - path.stat().st_mtime > ABANDONED
        return old and any(re.fullmatch(pattern, name) for pattern in NAMES.values())
    kind = next((kind for kind, pattern in NAMES.items() if re.fullmatch(pattern, name)), None)
    if kind == "figure":
        return MARK in path.read_bytes()
    try:
        if kind in store.KINDS:
            return store.read_attrs(path).get("kind") == kind
        if kind == "claims":
            rows = store.read_json(path)
            return isinstance(rows, list) and all(isinstance(row, dict) and "verdict" in row for row in rows)
    except UserError:
        return False
    return kind == "checkpoint" or (kind == "locks" and not path.stat().st_size)
