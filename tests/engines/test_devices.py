"""Devices: which one a job gets, and that concurrent jobs get different ones."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from adamatlas import registry
from adamatlas.engines import devices
from adamatlas.errors import UserError

BOTH = ("cpu", "cuda")
HOLD = """
import sys
from pathlib import Path
from adamatlas.engines.devices import least_taken
with least_taken(["a", "b", "c"], Path(sys.argv[1])) as number:
    print(number, flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def three(monkeypatch, tmp_path):
    """A machine that pretends to have three GPUs."""
    monkeypatch.setattr(devices, "cuda_devices", lambda: ["uuid-a", "uuid-b", "uuid-c"])
    monkeypatch.setattr(devices, "temporary", lambda: tmp_path)


def claim(monkeypatch, choice: str | None, kinds: tuple[str, ...]) -> str:
    if choice is None:
        monkeypatch.delenv(devices.VARIABLE, raising=False)
    else:
        monkeypatch.setenv(devices.VARIABLE, choice)
    with devices.claimed(kinds) as device:
        return device


@pytest.mark.parametrize(
    ("choice", "kinds", "device"),
    [
        (None, BOTH, "cuda:0"),
        ("", BOTH, "cuda:0"),
        ("auto", BOTH, "cuda:0"),
        ("cuda", BOTH, "cuda:0"),
        ("cpu", BOTH, "cpu"),
        ("auto", ("cpu",), "cpu"),
        ("cuda", ("cpu",), "cpu"),
    ],
)
def test_the_device_is_what_is_wanted_and_what_the_engine_can_use(three, monkeypatch, choice, kinds, device):
    assert claim(monkeypatch, choice, kinds) == device


def test_a_gpu_that_is_asked_for_and_absent_is_one_line(monkeypatch):
    monkeypatch.setattr(devices, "cuda_devices", list)
    assert claim(monkeypatch, "auto", BOTH) == "cpu"
    assert claim(monkeypatch, "cuda", ("cpu",)) == "cpu"
    with pytest.raises(UserError, match=r"^ADAMATLAS_DEVICE=cuda, but torch finds no GPU here; .*$"):
        claim(monkeypatch, "cuda", BOTH)


def test_another_word_is_refused(monkeypatch):
    with pytest.raises(UserError, match="ADAMATLAS_DEVICE: found 'gpu'; must be one of auto, cpu, cuda"):
        claim(monkeypatch, "gpu", ("cpu",))


def test_an_engine_on_the_cpu_loads_no_torch():
    code = "import sys; from adamatlas.engines.devices import claimed\n"
    code += "with claimed(('cpu',)): print('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "False\n"


def test_every_engine_says_where_it_computes():
    engines = [name for name in registry.names("engines") if devices.kinds(name) is not None]
    assert {"fused", "reference", "torch_images"} <= set(engines)
    assert all("cpu" in devices.kinds(name) for name in engines)


def hold(folder: Path) -> tuple[subprocess.Popen, int]:
    """A process that holds a device of three, and its number."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    return process, int(process.stdout.readline())


def test_jobs_at_a_time_get_different_gpus_and_a_crash_frees_one(tmp_path):
    folder = tmp_path / "devices"
    held = [hold(folder) for _ in range(5)]
    try:
        assert [number for _, number in held] == [0, 1, 2, 0, 1]
        crashed, number = held[2]
        crashed.kill()
        crashed.wait()
        held.append(hold(folder))
        assert held[-1][1] == number == 2
        ended, number = held[1]
        ended.communicate()
        held.append(hold(folder))
        assert held[-1][1] == number == 1
    finally:
        for process, _ in held:
            process.kill()
            process.wait()
            process.stdin.close()
            process.stdout.close()


def test_jobs_on_one_gpu_compute_one_after_the_other(three, capfd):
    code = "import sys; from adamatlas.engines import devices\n" + (
        "from pathlib import Path\n"
        "devices.cuda_devices = lambda: ['uuid-a', 'uuid-b']\n"
        "devices.temporary = lambda: Path(sys.argv[1])\n"
        "with devices.turn('cuda:' + sys.argv[2]):\n    print('computes', flush=True)\n    sys.stdin.read()\n"
    )
    folder = str(devices.temporary())

    def start(number: str) -> subprocess.Popen:
        words = [sys.executable, "-c", code, folder, number]
        return subprocess.Popen(
            words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    first, other = start("0"), start("1")
    assert first.stdout.readline() == other.stdout.readline() == "computes\n"
    second = start("0")
    assert second.stderr.readline() == "adamatlas: waiting for another job on cuda:0\n"
    first.communicate(timeout=10)
    assert second.stdout.readline() == "computes\n"
    for process in (second, other):
        process.communicate(timeout=10)


def test_a_cpu_has_no_turns():
    with devices.turn("cpu"), devices.turn("cpu"):
        pass
