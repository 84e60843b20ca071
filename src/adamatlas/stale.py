"""Results that Snakemake would take for up to date although another spec or other code made them.

Snakemake compares a file with its own record of how the file was made. Without a record (results copied from
elsewhere, `.snakemake` removed, a crash between a job and its record) it looks at times alone, but the file
says which spec and code made it.
"""

from __future__ import annotations

import base64
from pathlib import Path
from typing import TYPE_CHECKING

from adamatlas.errors import UserError
from adamatlas.fingerprint import fingerprint, roots
from adamatlas.specs import identity

if TYPE_CHECKING:
    from adamatlas.inventory import Inventory

RECORDS = Path(".snakemake/metadata")


def find(inventory: Inventory, records: Path = RECORDS) -> dict[Path, str]:
    """{file: why it is outdated} of the NetCDF files that have no record in Snakemake's folder `records`."""
    known = recorded(records)
    return {
        path: why
        for stage, path, spec in inventory.datasets()
        if str(path) not in known and path.is_file() and (why := outdated(stage, path, spec))
    }


def is_made(stage: str, path: Path, spec: dict) -> bool:
    """Whether the file of a stage is there, as its spec and the code of today would make it."""
    return path.is_file() and not outdated(stage, path, spec)


def recorded(records: Path) -> set[str]:
    """The outputs that Snakemake's folder has records of; a long name is cut over folders there."""
    names = (str(path.relative_to(records)).replace("/", "") for path in records.rglob("*") if path.is_file())
    return {base64.b64decode(name, altchars=b"-_").decode(errors="replace") for name in names}


def outdated(stage: str, path: Path, spec: dict) -> str:
    """Why the file of a stage is not what its spec and the code of today would make; nothing if it is."""
    from adamatlas import store

    try:
        attrs = store.read_attrs(path)
    except UserError:
        return "it cannot be read"
    if attrs.get("spec_id") != identity(spec):
        return "it was made from another spec"
    if attrs.get("fingerprint") != fingerprint(roots(stage, spec)):
        return "it was made by other code"
    return ""
