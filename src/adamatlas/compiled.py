"""How passes are compiled: those that compute, and those that draw random numbers, without `contract`.

`contract` lets LLVM round a * b + c once where the processor can: a dense Adam sweep takes four fifths of
its time. Nothing is reordered but the sums of `summing`, so a result depends on neither lanes nor chunks,
only on the processor.

Passes loop over numbers where they could add or assign whole arrays: numba takes two seconds to compile what
it would say of shapes that do not fit.
"""

from __future__ import annotations

import numba
from numba.extending import register_jitable

_EXACT = {"error_model": "numpy"}
_PASS = {**_EXACT, "fastmath": {"contract"}}
compiled = numba.njit(cache=True, **_PASS)
unlocked = numba.njit(cache=True, nogil=True, **_PASS)
"""Compiled, and without Python's lock: the passes that run in a thread of their own."""
summing = numba.njit(cache=True, **_EXACT, fastmath={"contract", "reassoc"})
"""Compiled, with its sums in an order that suits the processor's vectors."""
drawing = numba.njit(cache=True, **_EXACT)
"""Compiled as written: what draws random numbers, and in which order."""
shared = register_jitable(**_PASS)
"""Compiled as a part of the passes that call it, and plain Python for arrays and tensors."""
