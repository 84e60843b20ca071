"""How passes are compiled: those that compute, and those that draw random numbers, without `contract`.

`contract` lets LLVM round a * b + c once where the processor can: a dense Adam sweep takes four fifths of
its time. Nothing is reordered, so a result still depends on neither lanes nor chunks, only on the processor.

Passes loop over numbers where they could add or assign whole arrays: numba takes two seconds to compile what
it would say of shapes that do not fit.
"""

from __future__ import annotations

import numba

_PASS = {"cache": True, "error_model": "numpy", "fastmath": {"contract"}}
compiled = numba.njit(**_PASS)
unlocked = numba.njit(nogil=True, **_PASS)
"""Compiled, and without Python's lock: the passes that run in a thread of their own."""
drawing = numba.njit(cache=True, error_model="numpy")
"""Compiled as written: what draws random numbers, and in which order."""
