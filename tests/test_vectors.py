"""Row operations in LLVM vectors: every length, both precisions, against numpy."""

from __future__ import annotations

import numba
import numpy as np
import pytest

from adamatlas.vectors import add_eight_rows, add_row


@numba.njit
def one(out, x, row):
    add_row(out, x, row)


@numba.njit
def eight(out, x, rows):
    add_eight_rows(
        out, x[0], x[1], x[2], x[3], x[4], x[5], x[6], x[7],
        rows[0], rows[1], rows[2], rows[3], rows[4], rows[5], rows[6], rows[7],
    )  # fmt: skip


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("size", [0, 1, 3, 4, 7, 8, 9, 20, 33, 40])
def test_rows_are_added_and_nothing_beside_them(dtype, size):
    random = np.random.default_rng(size)
    room = random.normal(size=(10, size + 16)).astype(dtype)
    rows, x = np.ascontiguousarray(room[:8, 8 : 8 + size]), random.normal(size=8).astype(dtype)
    for add, expected in (
        (lambda out: one(out, x[0], rows[0]), x[0] * rows[0]),
        (lambda out: eight(out, x, rows), x @ rows),
    ):
        whole = room[9].copy()
        add(whole[8 : 8 + size])
        np.testing.assert_allclose(
            whole[8 : 8 + size], room[9, 8 : 8 + size] + expected, rtol=1e-5, atol=1e-5
        )
        np.testing.assert_array_equal(whole[:8], room[9, :8])
        np.testing.assert_array_equal(whole[8 + size :], room[9, 8 + size :])
