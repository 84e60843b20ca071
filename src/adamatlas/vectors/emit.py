"""Operations on vectors of 32 bytes, added to the LLVM code of a compiled pass."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba.core import cgutils

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


def opened(context: Any, builder: ir.IRBuilder, kind: Any, value: ir.Value) -> tuple[ir.Value, ir.Value]:
    """(pointer to the first number, length of the last dim) of a contiguous array of a numba type."""
    array = context.make_array(kind)(context, builder, value)
    return array.data, builder.extract_value(array.shape, kind.ndim - 1)
