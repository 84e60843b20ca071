"""Compiled kernels: kept in our own folder, compiled by one job for all, whatever happens to the files."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

KERNEL = """
from adamatlas.compiled import compiled

@compiled
def inner(x):
    return 2.0 * x

@compiled
def outer(x):
    total = 0.0
    for k in range(10):
        total += inner(x + k)
    return total
"""
CALL = """
import sys
sys.path.insert(0, {folder!r})
from numba.core import event
with event.install_recorder("numba:compile") as recorder:
    import toy
    {before}
    assert toy.outer(1.0) == 110.0
print(sum(one.is_start for _, one in recorder.buffer))
"""


@pytest.fixture
def toy(tmp_path):
    """Start a process that calls the toy kernel with a cache of its own; it prints how many it compiled."""
    (tmp_path / "toy.py").write_text(KERNEL)

    def start(before: str = "", **environment: str) -> subprocess.Popen:
        code = CALL.format(folder=str(tmp_path), before=before)
        return subprocess.Popen(
            [sys.executable, "-c", code],
            env={**os.environ, "XDG_CACHE_HOME": str(tmp_path / "cache"), **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    return start


def end(process: subprocess.Popen) -> tuple[int, str]:
    """(how many functions it compiled, what it said on stderr)."""
    out, said = process.communicate(timeout=120)
    assert process.returncode == 0, said
    return int(out), said


def kept(folder: Path, kind: str) -> list[Path]:
    return sorted((folder / "cache").rglob(f"*.{kind}"))


def test_jobs_at_a_time_compile_each_kernel_once(toy, tmp_path):
    jobs = [toy("import time; time.sleep(0.2)") for _ in range(4)]
    assert sum(end(job)[0] for job in jobs) == 2
    assert end(toy())[0] == 0


def test_a_job_that_dies_while_it_compiles_leaves_no_lock(toy, tmp_path):
    dying = toy("toy.outer._cache._acquire(); print('held', flush=True); import time; time.sleep(60)")
    assert dying.stdout.readline() == "held\n"
    waiting = toy()
    time.sleep(1.0)
    assert waiting.poll() is None
    dying.kill()
    dying.communicate()
    assert end(waiting) == (2, "")


@pytest.mark.parametrize("kind", ["nbi", "nbc"])
@pytest.mark.parametrize("share", [0.0, 0.5])
def test_damaged_files_are_dropped_and_compiled_again_with_one_line(toy, tmp_path, kind, share):
    assert end(toy()) == (2, "")
    for file in kept(tmp_path, kind):
        file.write_bytes(file.read_bytes()[: int(share * file.stat().st_size)])
    again, said = end(toy())
    assert again > 0
    (line,) = said.splitlines()
    assert line.startswith(f"adamatlas: warning: {tmp_path / 'cache'}")
    assert line.endswith("damaged kernels are dropped and compiled again")
    assert end(toy()) == (0, "")


FULL = """
import errno
def full(*arguments):
    raise OSError(errno.ENOSPC, "No space left on device")
for one in (toy.inner, toy.outer):
    one._cache._cache_file._open_for_write = full
"""


def test_a_full_disk_costs_compiling_and_nothing_else(toy):
    for _ in range(2):
        compiled, said = end(toy(FULL.replace("\n", "\n    ")))
        assert compiled == 2
        (line,) = said.splitlines()
        assert line.endswith("kernels cannot be kept (No space left on device); every job compiles its own")


def test_without_any_folder_a_job_compiles_for_itself(toy, tmp_path):
    (tmp_path / "cache").write_text("a file where a folder should be")
    (tmp_path / "sitecustomize.py").write_text(
        "from adamatlas import folders\n"
        "def temporary():\n    raise OSError('no room')\n"
        "folders.temporary = temporary\n"
    )
    path = os.pathsep.join([str(tmp_path), *sys.path])
    for _ in range(2):
        assert end(toy(PYTHONPATH=path)) == (2, "")


def test_without_a_compiler_there_is_one_line(toy):
    said = toy(NUMBA_DISABLE_JIT="1").communicate()[1]
    assert said.splitlines()[-1].endswith("the passes are not written for plain Python")


def test_numbas_own_settings_are_left_alone(toy, tmp_path):
    """A folder that another source has filled would go on computing what that computed."""
    assert end(toy(NUMBA_CACHE_DIR=str(tmp_path / "theirs"))) == (2, "")
    assert not (tmp_path / "theirs").exists()
    assert not list(tmp_path.glob("__pycache__/*.nbi"))
    assert len(kept(tmp_path, "nbi")) == 2
