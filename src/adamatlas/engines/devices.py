"""Which device a job computes on: a resource like threads, in no spec.

ADAMATLAS_DEVICE says `auto` (a GPU where the engine can use one and there is one), `cpu`, or `cuda`: then an
engine that can use a GPU must find one, while the others stay on the CPU.
"""

import fcntl
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from itertools import count
from pathlib import Path

from adamatlas import registry
from adamatlas.errors import UserError
from adamatlas.folders import temporary

VARIABLE = "ADAMATLAS_DEVICE"
CHOICES = ("auto", "cpu", "cuda")


def wanted() -> str:
    """What ADAMATLAS_DEVICE says. UserError where that is none of CHOICES."""
    found = os.environ.get(VARIABLE) or "auto"
    if found not in CHOICES:
        raise UserError(f"{VARIABLE}: found {found!r}; must be one of {', '.join(CHOICES)}")
    return found


@cache
def kinds(engine: str) -> tuple[str, ...]:
    """The kinds of devices that an engine can use, its DEVICES, without importing it."""
    return registry.literal(registry.path("engines", engine), "DEVICES")


@contextmanager
def claimed(kinds: Sequence[str]) -> Iterator[str]:
    """The device of a job whose engine can use `kinds`: "cpu", or "cuda:1" as torch calls it.

    Concurrent jobs of a user get different GPUs as long as there are enough. Raises UserError where a GPU is
    asked for and absent.
    """
    choice = wanted()
    found = cuda_devices() if choice != "cpu" and "cuda" in kinds else []
    if choice == "cuda" and "cuda" in kinds and not found:
        raise UserError(f"{VARIABLE}=cuda, but torch finds no GPU here; set it to auto or cpu")
    if not found:
        yield "cpu"
        return
    with least_taken(found, temporary() / "devices") as number:
        yield f"cuda:{number}"


def cuda_devices() -> list[str]:
    """The identities of the GPUs that torch sees, in its order."""
    import torch

    return [str(torch.cuda.get_device_properties(k).uuid) for k in range(torch.cuda.device_count())]


def name(device: str) -> str:
    """What a trace says of the device: `cpu`, or the product's name."""
    if device == "cpu":
        return device
    import torch

    return torch.cuda.get_device_name(device)


@contextmanager
def turn(device: str) -> Iterator[None]:
    """The time in which a job computes on a GPU: one job at a time, while the next one starts.

    Jobs that compute at the same time take turns of milliseconds, and longer than one after the other.
    """
    if device == "cpu":
        yield
        return
    number = int(device.rpartition(":")[2])
    path = temporary() / "devices" / f"{cuda_devices()[number]}.turn.lock"
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with open(path, "w") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print(f"adamatlas: waiting for another job on {device}", file=sys.stderr)
            fcntl.flock(stream, fcntl.LOCK_EX)
        yield


@contextmanager
def least_taken(names: Sequence[str], folder: Path) -> Iterator[int]:
    """The number of the name that the fewest processes hold; this one holds it until the end of the block.

    It does so by a lock on a file in `folder`, which the kernel frees however the process ends.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for seat, number in ((seat, number) for seat in count() for number in range(len(names))):
        with open(folder / f"{names[number]}.{seat}.lock", "w") as stream:
            try:
                fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            yield number
            return
