"""Products of small matrices, for compiled passes: each is one piece of code, without views of rows."""

from __future__ import annotations

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from adamatlas.vectors.emit import Vector, opened, walk


def _product(context, builder, signature, arguments, transposed: bool):
    pairs = zip(signature.args, arguments, strict=True)
    (out, d), (a, _), (b, _) = (opened(context, builder, kind, value) for kind, value in pairs)
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

        walk(builder, signature.args[0].dtype.bitwidth, d, emit)
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
