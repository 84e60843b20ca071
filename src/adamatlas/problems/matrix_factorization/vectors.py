"""Products of small matrices, written as LLVM vectors.

numba spends more time on taking rows out of ten by ten matrices than on their numbers; here a product is one
piece of code without views.
"""

from __future__ import annotations

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from adamatlas.vectors import INDEX, WIDTHS, Vector, walk


def _open(context, builder, signature, arguments) -> tuple[list[ir.Value], ir.Value, int]:
    """(pointers, length of the last dim of the first array, bits of a number)."""
    arrays = [
        context.make_array(kind)(context, builder, value)
        for kind, value in zip(signature.args, arguments, strict=True)
    ]
    size = builder.extract_value(arrays[0].shape, signature.args[0].ndim - 1)
    return [array.data for array in arrays], size, signature.args[0].dtype.bitwidth


def _product(context, builder, signature, arguments, transposed: bool):
    (out, a, b), d, bits = _open(context, builder, signature, arguments)
    with cgutils.for_range(builder, d) as row:
        first = builder.mul(row.index, d)

        def emit(vector: Vector, at: ir.Value) -> None:
            total = cgutils.alloca_once_value(builder, vector.constant(0.0))
            builder.store(vector.constant(0.0), total)
            with cgutils.for_range(builder, d) as term:
                k, i = (term.index, row.index) if transposed else (row.index, term.index)
                factor = builder.load(builder.gep(a, [builder.add(builder.mul(k, d), i)]))
                other = vector.load(b, builder.add(builder.mul(term.index, d), at))
                builder.store(vector.fma(vector.splat(factor), other, builder.load(total)), total)
            vector.store(builder.load(total), out, builder.add(first, at))

        walk(builder, bits, d, emit)
    return context.get_dummy_value()


@intrinsic
def multiply(typingctx, out, a, b):
    """out = a b, for square matrices of one float type; `out` is neither a nor b."""

    def generate(*of):
        return _product(*of, transposed=False)

    return types.void(out, a, b), generate


@intrinsic
def multiply_transposed(typingctx, out, a, b):
    """out = a' b, for square matrices of one float type; `out` is neither a nor b."""

    def generate(*of):
        return _product(*of, transposed=True)

    return types.void(out, a, b), generate


@intrinsic
def inner(typingctx, a, b):
    """<a, b> as float64, for flat arrays of one float type; sums by places in a vector first."""

    def generate(context, builder, signature, arguments):
        (a, b), size, bits = _open(context, builder, signature, arguments)
        sums: dict[int, tuple[Vector, ir.Value]] = {}
        for width in (WIDTHS[bits], 1):
            vector = Vector(builder, bits, width)
            sums[width] = vector, cgutils.alloca_once_value(builder, vector.constant(0.0))
            builder.store(vector.constant(0.0), sums[width][1])

        def emit(vector: Vector, at: ir.Value) -> None:
            total = sums[vector.width][1]
            builder.store(vector.fma(vector.load(a, at), vector.load(b, at), builder.load(total)), total)

        walk(builder, bits, size, emit)
        out = ir.Constant(ir.DoubleType(), 0.0)
        for vector, total in sums.values():
            for k in range(vector.width):
                part = builder.extract_element(builder.load(total), ir.Constant(INDEX, k))
                out = builder.fadd(out, part if bits == 64 else builder.fpext(part, ir.DoubleType()))
        return out

    return types.float64(a, b), generate
