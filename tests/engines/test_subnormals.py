"""Subnormal numbers are zero in the threads that train, and only there."""

from __future__ import annotations

import platform
import threading

import numba
import numpy as np
import pytest

from adamatlas.engines.subnormals import flush_subnormals


@numba.njit(nogil=True)
def halve(x):
    return x[0] * np.float32(0.5)


@pytest.mark.parametrize("flushed", [True, False])
def test_subnormals_are_flushed_in_the_thread_that_asks_for_it(flushed):
    smallest = np.array([np.finfo(np.float32).tiny], np.float32)
    found = []

    def work():
        if flushed:
            flush_subnormals()
        found.append(halve(smallest))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    zero = flushed and platform.machine() in ("x86_64", "AMD64")
    assert (found[0] == 0) == zero
    assert halve(smallest) > 0
