"""Inner products, summed in an order that suits the processor's vectors."""

from __future__ import annotations

from adamatlas.compiled import summing


@summing
def inner(a, b):
    """<a, b> as float64, summed in the dtype of a."""
    real = a.dtype.type
    total = real(0)
    for k in range(a.size):
        total += a[k] * real(b[k])
    return float(total)
