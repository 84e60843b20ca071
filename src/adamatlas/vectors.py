"""Inner loops on rows and small matrices, in vectors of 32 bytes, for compiled passes.

numba's loops over a row of forty numbers spend half their time in the eight that are left over from LLVM's
own choice of thirty-two at once, and more on taking rows out of ten by ten matrices than on their numbers:
more than a fifth of a study's time. Here a row is walked in vectors of 32 bytes and then one by one. The
vectors are LLVM's, so the code is the same for every processor; a * b + c is fused where the processor can.
What each function gains: docs/speed.md.
"""

from collections.abc import Callable, Sequence
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from adamatlas.compiled import compiled, summing

WIDTHS = {32: 8, 64: 4}
"""Numbers in a vector by the bits of one."""
INDEX = ir.IntType(64)


@intrinsic
def add_row(typingctx, out, x, row):
    """out += x row, for contiguous rows (columns,) of one float type and a number x of that type."""

    def generate(context, builder, signature, arguments):
        (target, size), (source, _) = (
            _opened(context, builder, signature.args[k], arguments[k]) for k in (0, 2)
        )

        def emit(vector: _Vector, at: ir.Value) -> None:
            factor = vector.splat(arguments[1])
            total = vector.fma(factor, vector.load(source, at), vector.load(target, at))
            vector.store(total, target, at)

        _walk(builder, out.dtype.bitwidth, size, emit)
        return context.get_dummy_value()

    return types.void(out, x, row), generate


@intrinsic
def add_eight_rows(typingctx, out, x0, x1, x2, x3, x4, x5, x6, x7, r0, r1, r2, r3, r4, r5, r6, r7):
    """out += ((x0 r0 + x1 r1) + (x2 r2 + x3 r3)) + ((x4 r4 + x5 r5) + (x6 r6 + x7 r7)), as `add_row`."""

    def generate(context, builder, signature, arguments):
        target, size = _opened(context, builder, signature.args[0], arguments[0])
        sources = [_opened(context, builder, signature.args[k], arguments[k])[0] for k in range(9, 17)]

        def emit(vector: _Vector, at: ir.Value) -> None:
            factors = [vector.splat(x) for x in arguments[1:9]]
            rows = [vector.load(source, at) for source in sources]
            total = vector.sum_of_products(list(zip(factors, rows, strict=True)))
            vector.store(builder.fadd(vector.load(target, at), total), target, at)

        _walk(builder, out.dtype.bitwidth, size, emit)
        return context.get_dummy_value()

    signature = types.void(out, x0, x1, x2, x3, x4, x5, x6, x7, r0, r1, r2, r3, r4, r5, r6, r7)
    return signature, generate


@intrinsic
def multiply(typingctx, out, a, b):
    """out = a b, for square matrices of one float type; `out` is neither a nor b."""
    return types.void(out, a, b), _product(transposed=False)


@intrinsic
def multiply_transposed(typingctx, out, a, b):
    """out = a' b, for square matrices of one float type; `out` is neither a nor b."""
    return types.void(out, a, b), _product(transposed=True)


@compiled
def transpose(out, a):
    """out = a', for square matrices."""
    for i in range(a.shape[0]):
        for j in range(a.shape[0]):
            out[j, i] = a[i, j]


@compiled
def copy(out, a):
    """out = a, for matrices."""
    for i in range(a.shape[0]):
        for j in range(a.shape[1]):
            out[i, j] = a[i, j]


@compiled
def add(out, factor, a):
    """out += factor a, for matrices."""
    for i in range(a.shape[0]):
        add_row(out[i], out.dtype.type(factor), a[i])


@summing
def inner(a, b):
    """<a, b> as float64, summed in the dtype of a."""
    real = a.dtype.type
    total = real(0)
    for k in range(a.size):
        total += a[k] * real(b[k])
    return float(total)


class _Vector:
    """Operations on `width` neighbouring numbers of one float type, added to the LLVM code of a pass."""

    def __init__(self, builder: ir.IRBuilder, bits: int, width: int) -> None:
        self.builder, self.bits, self.width = builder, bits, width
        self.type = ir.VectorType(ir.FloatType() if bits == 32 else ir.DoubleType(), width)

    def splat(self, value: ir.Value) -> ir.Value:
        """A scalar in every place."""
        empty = ir.Constant(ir.VectorType(value.type, self.width), ir.Undefined)
        first = self.builder.insert_element(empty, value, ir.Constant(ir.IntType(32), 0))
        places = ir.Constant(ir.VectorType(ir.IntType(32), self.width), [0] * self.width)
        return self.builder.shuffle_vector(first, empty, places)

    def load(self, pointer: ir.Value, at: ir.Value) -> ir.Value:
        """The numbers from place `at` on."""
        out = self.builder.load(self._address(pointer, at))
        out.align = self.bits // 8
        return out

    def store(self, value: ir.Value, pointer: ir.Value, at: ir.Value) -> None:
        """Write them from place `at` on."""
        self.builder.store(value, self._address(pointer, at)).align = self.bits // 8

    def fma(self, a: ir.Value, b: ir.Value, c: ir.Value) -> ir.Value:
        """a * b + c."""
        kind = ir.FunctionType(self.type, [self.type] * 3)
        name = f"llvm.fmuladd.v{self.width}f{self.bits}"
        return self.builder.call(self.builder.module.declare_intrinsic(name, (), kind), (a, b, c))

    def sum_of_products(self, terms: Sequence[tuple[ir.Value, ir.Value]]) -> ir.Value:
        """The sum of the products a * b, added in pairs."""
        if len(terms) == 2:
            (a, b), (c, d) = terms
            return self.fma(a, b, self.builder.fmul(c, d))
        half = len(terms) // 2
        return self.builder.fadd(self.sum_of_products(terms[:half]), self.sum_of_products(terms[half:]))

    def _address(self, pointer: ir.Value, at: ir.Value) -> ir.Value:
        return self.builder.bitcast(self.builder.gep(pointer, [at]), self.type.as_pointer())


def _walk(builder: ir.IRBuilder, bits: int, size: ir.Value, emit: Callable[..., None]) -> None:
    """Run `emit(vector, place)` over `size` numbers, in whole vectors and then one by one."""
    wide, single = _Vector(builder, bits, WIDTHS[bits]), _Vector(builder, bits, 1)
    whole = builder.and_(size, ir.Constant(INDEX, -wide.width))
    for vector, first, last in ((wide, ir.Constant(INDEX, 0), whole), (single, whole, size)):
        step = ir.Constant(INDEX, vector.width)
        with cgutils.for_range_slice(builder, first, last, step) as (at, _):
            emit(vector, at)


def _opened(context: Any, builder: ir.IRBuilder, kind: Any, value: ir.Value) -> tuple[ir.Value, ir.Value]:
    """(pointer to the first number, length of the last dim) of a contiguous array of a numba type."""
    array = context.make_array(kind)(context, builder, value)
    return array.data, builder.extract_value(array.shape, kind.ndim - 1)


def _product(transposed: bool) -> Callable:
    """The code of out = a b, or of out = a' b, in one piece, without views of rows."""

    def generate(context, builder, signature, arguments):
        pairs = zip(signature.args, arguments, strict=True)
        (out, d), (a, _), (b, _) = (_opened(context, builder, kind, value) for kind, value in pairs)
        with cgutils.for_range(builder, d) as row:
            first = builder.mul(row.index, d)

            def emit(vector: _Vector, at: ir.Value) -> None:
                zero = ir.Constant(vector.type, [0.0] * vector.width)
                total = cgutils.alloca_once_value(builder, zero)
                builder.store(zero, total)
                with cgutils.for_range(builder, d) as term:
                    k, i = (term.index, row.index) if transposed else (row.index, term.index)
                    factor = builder.load(builder.gep(a, [builder.add(builder.mul(k, d), i)]))
                    other = vector.load(b, builder.add(builder.mul(term.index, d), at))
                    builder.store(vector.fma(vector.splat(factor), other, builder.load(total)), total)
                vector.store(builder.load(total), out, builder.add(first, at))

            _walk(builder, signature.args[0].dtype.bitwidth, d, emit)
        return context.get_dummy_value()

    return generate
