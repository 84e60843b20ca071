"""Decorators that compile the passes with numba.

`contract` lets LLVM round a * b + c once where the processor can: a dense Adam sweep then takes four fifths
of the time. Nothing is reordered but the sums of `summing`, so a result does not depend on lanes or chunks,
only on the processor. What draws random numbers is compiled without it.

Passes loop over numbers even where they could add or assign whole arrays: the errors about shapes that numba
would compile for these take it two seconds.
"""

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
    """numba.njit with fastmath flags; what it compiles is kept for other jobs."""
    compile = numba.njit(error_model="numpy", fastmath=set(freedoms), nogil=nogil)
    return lambda function: keep(compile(function))


compiled = _decorator(CONTRACT)
unlocked = _decorator(CONTRACT, nogil=True)
"""Compiled, and run without Python's lock: passes that have a thread of their own."""
summing = _decorator(CONTRACT, REASSOCIATE)
"""Compiled, with sums in an order that suits the processor's vector units."""
drawing = _decorator()
"""Compiled as written: passes that draw random numbers."""
shared = register_jitable(error_model="numpy", fastmath={CONTRACT})
"""Compiled into the passes that call it, and plain Python elsewhere, for arrays and tensors."""
