"""Sets decoded once: arrays in `<data_dir>/decoded/`, memory-mapped by every job that reads them.

They are kept under the names, sizes and times of the files that they were decoded from, so that changed files
are decoded anew and no job hashes files that it has seen. The folder may be deleted at any time.
"""

import hashlib
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np

from adamatlas.datasets.parts import folder
from adamatlas.errors import UserError

FORMAT = 1
"""Another number where readers decode otherwise than before."""


class Chunks(NamedTuple):
    """An array in consecutive pieces along its first axis."""

    shape: tuple[int, ...]
    dtype: np.dtype
    pieces: Iterable[np.ndarray]


def stamp(path: Path) -> str:
    """Name, size and time of a file: what tells whether it is the one that was decoded."""
    found = path.stat()
    return f"{os.path.relpath(path, folder())} {found.st_size} {found.st_mtime_ns}"


def decoded(
    name: str, stamps: Iterable[str], decode: Callable[[], Mapping[str, Chunks]]
) -> dict[str, np.ndarray]:
    """The arrays that `decode` makes from files with these stamps, by name; decoded at the first call.

    They are private to the process: what is written to them stays there. Of several processes that decode at
    once, the first keeps what it made. Where the folder cannot be written, the arrays are in memory, with a
    warning. What `decode` raises is passed on, and nothing is kept.
    """
    key = hashlib.sha256("\n".join([str(FORMAT), *stamps]).encode()).hexdigest()[:16]
    kept = folder() / "decoded" / f"{name}-{key}"
    if not kept.is_dir():
        try:
            _keep(kept, decode)
        except OSError as error:
            text = (
                f"{kept.parent}: cannot be written ({error.strerror or error}); every job decodes {name} anew"
            )
            print(f"adamatlas: warning: {text}", file=sys.stderr)
            return {part: np.concatenate([*made.pieces]) for part, made in decode().items()}
    try:
        # Not mode "r": torch refuses to share an array that must not be written.
        return {path.stem: np.load(path, mmap_mode="c") for path in sorted(kept.glob("*.npy"))}
    except (OSError, EOFError, ValueError) as error:
        raise UserError(f"{kept}: cannot be read ({error}); remove it and run again (rm -r {kept})") from None


def _keep(kept: Path, decode: Callable[[], Mapping[str, Chunks]]) -> None:
    """Write the arrays into a new folder beside `kept`, and give it that name."""
    kept.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(prefix=f".{kept.name}.", suffix=".tmp", dir=kept.parent))
    try:
        for part, made in decode().items():
            _write(temporary / f"{part}.npy", made)
        temporary.chmod(0o755)
        os.rename(temporary, kept)
    except OSError:
        if not kept.is_dir():  # else another process was faster
            raise
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _write(path: Path, made: Chunks) -> None:
    header = {
        "descr": np.lib.format.dtype_to_descr(np.dtype(made.dtype)),
        "fortran_order": False,
        "shape": made.shape,
    }
    with open(path, "wb") as stream:
        np.lib.format.write_array_header_1_0(stream, header)
        for piece in made.pieces:
            piece.tofile(stream)
        stream.flush()
        os.fsync(stream.fileno())
