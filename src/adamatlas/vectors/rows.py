"""Rows added to rows, for compiled passes."""

from __future__ import annotations

from collections.abc import Sequence

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from adamatlas.vectors.emit import Vector, opened, walk


def _sum(vector: Vector, terms: Sequence[tuple[ir.Value, ir.Value]]) -> ir.Value:
    """The sum of the products a * b, added in pairs."""
    if len(terms) == 2:
        (a, b), (c, d) = terms
        return vector.fma(a, b, vector.builder.fmul(c, d))
    half = len(terms) // 2
    return vector.builder.fadd(_sum(vector, terms[:half]), _sum(vector, terms[half:]))


@intrinsic
def add_row(typingctx, out, x, row):
    """out += x row, for contiguous rows (columns,) of one float type and a number x of that type."""

    def generate(context, builder, signature, arguments):
        (target, size), (source, _) = (
            opened(context, builder, signature.args[k], arguments[k]) for k in (0, 2)
        )

        def emit(vector: Vector, at: ir.Value) -> None:
            factor = vector.splat(arguments[1])
            total = vector.fma(factor, vector.load(source, at), vector.load(target, at))
            vector.store(total, target, at)

        walk(builder, out.dtype.bitwidth, size, emit)
        return context.get_dummy_value()

    return types.void(out, x, row), generate


@intrinsic
def add_eight_rows(typingctx, out, x0, x1, x2, x3, x4, x5, x6, x7, r0, r1, r2, r3, r4, r5, r6, r7):
    """out += ((x0 r0 + x1 r1) + (x2 r2 + x3 r3)) + ((x4 r4 + x5 r5) + (x6 r6 + x7 r7)), as `add_row`."""

    def generate(context, builder, signature, arguments):
        target, size = opened(context, builder, signature.args[0], arguments[0])
        sources = [opened(context, builder, signature.args[k], arguments[k])[0] for k in range(9, 17)]

        def emit(vector: Vector, at: ir.Value) -> None:
            factors = [vector.splat(x) for x in arguments[1:9]]
            rows = [vector.load(source, at) for source in sources]
            total = _sum(vector, list(zip(factors, rows, strict=True)))
            vector.store(builder.fadd(vector.load(target, at), total), target, at)

        walk(builder, out.dtype.bitwidth, size, emit)
        return context.get_dummy_value()

    signature = types.void(out, x0, x1, x2, x3, x4, x5, x6, x7, r0, r1, r2, r3, r4, r5, r6, r7)
    return signature, generate
