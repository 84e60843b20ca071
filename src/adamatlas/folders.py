"""Folders of this user's own, outside of any project."""

import atexit
import functools
import os
import shutil
import stat
import sys
import tempfile
from contextlib import suppress
from pathlib import Path


@functools.cache
def temporary() -> Path:
    """A folder under the system's temporary one that nobody else can write to.

    It has a fixed name, so that the jobs of a machine share it; where that name is taken by something else,
    it is a new folder that goes with this process.
    """
    folder = Path(tempfile.gettempdir()) / f"adamatlas-{os.getuid()}"
    with suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    if is_private(folder):
        return folder
    fresh = Path(tempfile.mkdtemp(prefix="adamatlas-"))
    atexit.register(shutil.rmtree, fresh, ignore_errors=True)
    return fresh


def cache(*parts: str) -> Path | None:
    """A folder of this user's cache for what can be made again; None where nothing can be kept.

    A folder that others can write to is not used. Falls back to `temporary` where the user has no cache or it
    cannot be written.
    """
    default = "~/Library/Caches" if sys.platform == "darwin" else "~/.cache"
    own = Path(os.environ.get("XDG_CACHE_HOME") or default)
    for base in (own.expanduser, temporary):
        with suppress(OSError, RuntimeError):  # not writable, or no home
            folder = base().joinpath("adamatlas", *parts)
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if is_private(folder) and os.access(folder, os.W_OK):
                return folder
    return None


def is_private(folder: Path) -> bool:
    """Whether it is a folder, not a link, that belongs to this user and that nobody else can write to."""
    try:
        found = os.lstat(folder)
    except OSError:
        return False
    others = stat.S_IWGRP | stat.S_IWOTH
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid() and not found.st_mode & others
