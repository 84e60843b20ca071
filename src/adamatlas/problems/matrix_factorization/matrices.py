"""Matrices of one shape, entry by entry."""

from __future__ import annotations

from adamatlas.compiled import compiled
from adamatlas.vectors.rows import add_row


@compiled
def transpose(out, a):
    """out = a', for square matrices."""
    for i in range(a.shape[0]):
        for j in range(a.shape[0]):
            out[j, i] = a[i, j]


@compiled
def copy(out, a):
    """out = a."""
    for i in range(a.shape[0]):
        for j in range(a.shape[1]):
            out[i, j] = a[i, j]


@compiled
def add(out, factor, a):
    """out += factor a."""
    for i in range(a.shape[0]):
        add_row(out[i], out.dtype.type(factor), a[i])
