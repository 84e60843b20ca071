"""Row operations written as LLVM vectors, for compiled passes.

numba's loops over a row of forty numbers spend half their time in the eight that are left over from LLVM's
own choice of thirty-two at once. Here a row is walked in vectors of 32 bytes and then one by one. The vectors
are LLVM's, so the code is the same for every processor; a * b + c is fused where the processor can.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

WIDTHS = {32: 8, 64: 4}
"""Numbers in a vector by the bits of one."""
INDEX = ir.IntType(64)


class Vector:
    """Operations on `width` neighbouring numbers of one float type, added to a builder."""

    def __init__(self, builder: ir.IRBuilder, bits: int, width: int) -> None:
        self.builder, self.bits, self.width = builder, bits, width
        self.scalar = ir.FloatType() if bits == 32 else ir.DoubleType()
        self.type = ir.VectorType(self.scalar, width)

    def constant(self, value: float) -> ir.Constant:
        """The same number everywhere."""
        return ir.Constant(self.type, [value] * self.width)

    def splat(self, value: ir.Value) -> ir.Value:
        """A scalar everywhere."""
        kind = ir.VectorType(value.type, self.width)
        empty = ir.Constant(kind, ir.Undefined)
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
        return self.call("fmuladd", a, b, c)

    def sqrt(self, a: ir.Value) -> ir.Value:
        """Its square root."""
        return self.call("sqrt", a)

    def maximum(self, a: ir.Value, b: ir.Value) -> ir.Value:
        """The larger one; `a` where it is NaN."""
        return self.builder.select(self.builder.fcmp_ordered("<", a, b), b, a)

    def call(self, name: str, *arguments: ir.Value) -> ir.Value:
        """The LLVM intrinsic `name` of these vectors."""
        kind = ir.FunctionType(self.type, [self.type] * len(arguments))
        full = f"llvm.{name}.v{self.width}f{self.bits}"
        return self.builder.call(self.builder.module.declare_intrinsic(full, (), kind), arguments)

    def _address(self, pointer: ir.Value, at: ir.Value) -> ir.Value:
        return self.builder.bitcast(self.builder.gep(pointer, [at]), self.type.as_pointer())


def walk(builder: ir.IRBuilder, bits: int, size: ir.Value, emit: Callable[[Vector, ir.Value], None]) -> None:
    """Run `emit(vector, place)` over `size` numbers, in whole vectors and then one by one."""
    wide, single = Vector(builder, bits, WIDTHS[bits]), Vector(builder, bits, 1)
    whole = builder.and_(size, ir.Constant(INDEX, -wide.width))
    for vector, first, last in ((wide, ir.Constant(INDEX, 0), whole), (single, whole, size)):
        step = ir.Constant(INDEX, vector.width)
        with cgutils.for_range_slice(builder, first, last, step) as (at, _):
            emit(vector, at)


def _sum(vector: Vector, terms: Sequence[tuple[ir.Value, ir.Value]]) -> ir.Value:
    """The sum of the products a * b, added in pairs."""
    if len(terms) == 2:
        (a, b), (c, d) = terms
        return vector.fma(a, b, vector.builder.fmul(c, d))
    half = len(terms) // 2
    return vector.builder.fadd(_sum(vector, terms[:half]), _sum(vector, terms[half:]))


def _row(context, builder, kind, value) -> tuple[ir.Value, ir.Value]:
    array = context.make_array(kind)(context, builder, value)
    return array.data, builder.extract_value(array.shape, 0)


@intrinsic
def add_row(typingctx, out, x, row):
    """out += x row, for contiguous rows (columns,) of one float type and a number x of that type."""

    def generate(context, builder, signature, arguments):
        (target, size), (source, _) = (
            _row(context, builder, signature.args[k], arguments[k]) for k in (0, 2)
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
        target, size = _row(context, builder, signature.args[0], arguments[0])
        sources = [_row(context, builder, signature.args[k], arguments[k])[0] for k in range(9, 17)]

        def emit(vector: Vector, at: ir.Value) -> None:
            factors = [vector.splat(x) for x in arguments[1:9]]
            rows = [vector.load(source, at) for source in sources]
            total = _sum(vector, list(zip(factors, rows, strict=True)))
            vector.store(builder.fadd(vector.load(target, at), total), target, at)

        walk(builder, out.dtype.bitwidth, size, emit)
        return context.get_dummy_value()

    signature = types.void(out, x0, x1, x2, x3, x4, x5, x6, x7, r0, r1, r2, r3, r4, r5, r6, r7)
    return signature, generate
