"""numba's cache of compiled kernels, in a folder of this source tree's own.

numba does not notice when a kernel in another module changes, so kernels of different sources must not share
a folder. Its files are pickles: the folder is one that nobody else can write to.

Jobs share it: while one compiles a kernel the others wait for its lock, which the system frees however the
job ends, and then load the kernel. Where files cannot be kept, or are damaged, a job compiles for itself and
says so in one line.
"""

from __future__ import annotations

import fcntl
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from typing import Any, TextIO

from numba.core.caching import CompileResultCacheImpl, FunctionCache, UserProvidedCacheLocator

from adamatlas import folders
from adamatlas.fingerprint import kernels


def keep(dispatcher: Any) -> Any:
    """Keep what `dispatcher`, a function of numba.njit, compiles."""
    with suppress(RuntimeError):  # no place for files of this function
        dispatcher._cache = KernelCache(dispatcher.py_func)
    return dispatcher


class KernelCache(FunctionCache):
    """The cache of one function; numba asks it before it compiles and tells it when it has."""

    def __init__(self, function: Callable) -> None:
        self._impl_class = _Implementation
        self._lock: TextIO | None = None
        super().__init__(function)

    def load_overload(self, signature: Any, context: Any) -> Any:
        """The kept kernel for a signature; None, with the lock held, where this process must compile it."""
        found = self._load(signature, context)
        if found is None and self._lock is None:
            self._acquire()
            found = self._load(signature, context)
            if found is not None:
                self._release()
        return found

    def save_overload(self, signature: Any, compiled: Any) -> None:
        """Keep what has been compiled."""
        try:
            super().save_overload(signature, compiled)
        except OSError as error:
            _warn(f"{_folder()}: kernels cannot be kept ({error.strerror}); every job compiles its own")
        finally:
            self._release()

    def _load(self, signature: Any, context: Any) -> Any:
        try:
            return super().load_overload(signature, context)
        except Exception:  # a damaged pickle may fail with anything
            _warn(f"{_folder()}: damaged kernels are dropped and compiled again")
            with suppress(OSError):
                self.flush()
            return None

    def _acquire(self) -> None:
        path = os.path.join(self.cache_path, f"{self._impl.filename_base}.lock")
        try:
            self._lock = open(path, "w")  # noqa: SIM115 (held until the kernel is saved)
            fcntl.flock(self._lock, fcntl.LOCK_EX)
        except OSError:  # a disk that is full, or without locks
            self._release()

    def _release(self) -> None:
        if self._lock is not None:
            self._lock.close()
            self._lock = None


class _Locator(UserProvidedCacheLocator):
    """Our folder, whatever NUMBA_CACHE_DIR says: there numba would load kernels of other source code."""

    def __init__(self, function: Callable, file: str) -> None:
        super().__init__(function, file)
        self._cache_path = os.path.join(_folder(), self.get_suitable_cache_subpath(file))

    @classmethod
    def from_function(cls, function: Callable, file: str) -> _Locator | None:
        return super(UserProvidedCacheLocator, cls).from_function(function, file) if _folder() else None


class _Implementation(CompileResultCacheImpl):
    _locator_classes = (_Locator,)


@cache
def _folder() -> str:
    return str(folders.cache("numba", kernels()) or "")


@cache
def _warn(text: str) -> None:
    print(f"adamatlas: warning: {text}", file=sys.stderr)
