"""How passes are compiled: those that compute, and those that draw random numbers, without `contract`.

`contract` lets LLVM round a * b + c once where the processor can: a dense Adam sweep takes four fifths of
its time. Nothing is reordered but the sums of `summing`, so a result depends on neither lanes nor chunks,
only on the processor.

Passes loop over numbers where they could add or assign whole arrays: numba takes two seconds to compile what
it would say of shapes that do not fit.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba
from numba.extending import register_jitable

from adamatlas.errors import UserError
from adamatlas.kernel_cache import keep

if numba.config.DISABLE_JIT:
    raise UserError("NUMBA_DISABLE_JIT is set; unset it: the passes are not written for plain Python")

CONTRACT, REASSOCIATE = "contract", "reassoc"


def _decorator(*freedoms: str, nogil: bool = False) -> Callable[[Callable], Any]:
    """numba.njit with what LLVM may do with floating point numbers; compiled once for all jobs."""
    compile = numba.njit(error_model="numpy", fastmath=set(freedoms), nogil=nogil)
    return lambda function: keep(compile(function))


compiled = _decorator(CONTRACT)
unlocked = _decorator(CONTRACT, nogil=True)
"""Compiled, and without Python's lock: the passes that run in a thread of their own."""
summing = _decorator(CONTRACT, REASSOCIATE)
"""Compiled, with its sums in an order that suits the processor's vectors."""
drawing = _decorator()
"""Compiled as written: what draws random numbers, and in which order."""
shared = register_jitable(error_model="numpy", fastmath={CONTRACT})
"""Compiled as a part of the passes that call it, and plain Python for arrays and tensors."""
