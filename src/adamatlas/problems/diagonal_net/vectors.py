"""Passes over u and v with the signs of an input as bits, written as LLVM vectors.

What numba makes of plain loops over bits is two to three times slower, since it widens every bit to an
integer. Here a word of 32 signs is shifted into the sign bits of whole vectors and flips them. The vectors
are LLVM's own, so the code is the same for every processor; a * b + c is fused where the processor can.

A pass that steps u and v also returns <x, u^2 - v^2> of the next input, bit for bit what `dot` returns.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from adamatlas.vectors import INDEX, WIDTHS, Vector

WORD = 32


class Signed(Vector):
    """Vectors whose signs come from bits."""

    @property
    def integers(self) -> ir.Type:
        """As many integers of the same size."""
        return ir.VectorType(ir.IntType(self.bits), self.width)

    def signs(self, word: ir.Value, first: ir.Value | int) -> ir.Value:
        """The bits first, first + 1, ... of a 32-bit word, each moved to where a number has its sign."""
        wide = word if self.bits == WORD else self.builder.zext(word, ir.IntType(self.bits))
        top = self.bits - 1
        if isinstance(first, int):
            places = ir.Constant(self.integers, [top - first - k for k in range(self.width)])
        else:
            places = self.splat(self.builder.sub(ir.Constant(first.type, top), first))
        sign = ir.Constant(self.integers, [1 << top] * self.width)
        return self.builder.and_(self.builder.shl(self.splat(wide), places), sign)

    def flip(self, value: ir.Value, signs: ir.Value) -> ir.Value:
        """`value` with the sign turned where `signs` has a bit."""
        turned = self.builder.xor(self.builder.bitcast(value, self.integers), signs)
        return self.builder.bitcast(turned, self.type)


Place = tuple[ir.Value, "ir.Value | int"]
"""A word's number and the first bit in it."""
Emit = Callable[[Signed, ir.Value, Place], "ir.Value | None"]


def sweep(builder: ir.IRBuilder, bits: int, size: ir.Value, emit: Emit) -> ir.Value:
    """Run `emit` over `size` coordinates, whole words in vectors and the rest one by one.

    Returns the sum (double) of what `emit` returns: a sum for each place in a word first, then of those.
    """
    wide, single = Signed(builder, bits, WIDTHS[bits]), Signed(builder, bits, 1)
    sums = [cgutils.alloca_once_value(builder, wide.constant(0.0)) for _ in range(WORD // wide.width)]
    rest = cgutils.alloca_once_value(builder, single.constant(0.0))
    whole = builder.lshr(size, ir.Constant(INDEX, 5))

    def add(vector: Signed, slot: ir.Value, at: ir.Value, place: Place) -> None:
        term = emit(vector, at, place)
        if term is not None:
            builder.store(builder.fadd(builder.load(slot), term), slot)

    with cgutils.for_range(builder, whole) as loop:
        for k, slot in enumerate(sums):
            first = builder.mul(loop.index, ir.Constant(INDEX, WORD))
            at = builder.add(first, ir.Constant(INDEX, k * wide.width))
            add(wide, slot, at, (loop.index, k * wide.width))
    with cgutils.for_range_slice(
        builder, builder.mul(whole, ir.Constant(INDEX, WORD)), size, ir.Constant(INDEX, 1)
    ) as (at, _):
        bit = builder.and_(at, ir.Constant(INDEX, WORD - 1))
        add(single, rest, at, (whole, builder.trunc(bit, ir.IntType(bits)) if bits < 64 else bit))
    total = builder.load(sums[0])
    for slot in sums[1:]:
        total = builder.fadd(total, builder.load(slot))
    parts = [builder.extract_element(total, ir.Constant(INDEX, k)) for k in range(wide.width)]
    parts.append(builder.extract_element(builder.load(rest), ir.Constant(INDEX, 0)))
    out = ir.Constant(ir.DoubleType(), 0.0)
    for part in parts:
        out = builder.fadd(out, part if bits == 64 else builder.fpext(part, ir.DoubleType()))
    return out


def network(vector: Signed, u: ir.Value, v: ir.Value) -> ir.Value:
    """w = u^2 - v^2."""
    return vector.fma(u, u, vector.builder.fneg(vector.builder.fmul(v, v)))


def _open(context, builder, signature, arguments) -> tuple[list[ir.Value], ir.Value, int]:
    """(pointers and scalars, coordinates, bits of a number); the first argument is an array of numbers."""
    out = []
    for kind, value in zip(signature.args, arguments, strict=True):
        out.append(context.make_array(kind)(context, builder, value).data if _is_array(kind) else value)
    size = builder.extract_value(
        context.make_array(signature.args[0])(context, builder, arguments[0]).shape, 0
    )
    return out, size, signature.args[0].dtype.bitwidth


def _is_array(kind: types.Type) -> bool:
    return isinstance(kind, types.Array)


def _signs(vector: Signed, words: ir.Value, place: Place) -> ir.Value:
    return vector.signs(vector.builder.load(vector.builder.gep(words, [place[0]])), place[1])


@intrinsic
def dot(typingctx, u, v, words):
    """<x, u^2 - v^2> as float64; u, v (d,) of one dtype, words (>= d/32,) uint32 with a 1 where x is -1."""

    def generate(context, builder, signature, arguments):
        (u, v, words), size, bits = _open(context, builder, signature, arguments)

        def emit(vector, at, place):
            w = network(vector, vector.load(u, at), vector.load(v, at))
            return vector.flip(w, _signs(vector, words, place))

        return sweep(builder, bits, size, emit)

    return types.float64(u, v, words), generate


@intrinsic
def square(typingctx, u, v):
    """|u|^2 + |v|^2 as float64."""

    def generate(context, builder, signature, arguments):
        (u, v), size, bits = _open(context, builder, signature, arguments)

        def emit(vector, at, place):
            a, b = vector.load(u, at), vector.load(v, at)
            return vector.fma(a, a, builder.fmul(b, b))

        return sweep(builder, bits, size, emit)

    return types.float64(u, v), generate


@intrinsic
def project(typingctx, z, words):
    """<x, z> as float64; z (d,)."""

    def generate(context, builder, signature, arguments):
        (z, words), size, bits = _open(context, builder, signature, arguments)

        def emit(vector, at, place):
            return vector.flip(vector.load(z, at), _signs(vector, words, place))

        return sweep(builder, bits, size, emit)

    return types.float64(z, words), generate


@intrinsic
def spread(typingctx, c, words, push):
    """c <- c + push x; c (d,), push a number of its dtype."""

    def generate(context, builder, signature, arguments):
        (c, words, push), size, bits = _open(context, builder, signature, arguments)

        def emit(vector, at, place):
            term = vector.flip(vector.splat(push), _signs(vector, words, place))
            vector.store(builder.fadd(vector.load(c, at), term), c, at)

        sweep(builder, bits, size, emit)
        return context.get_dummy_value()

    return types.void(c, words, push), generate


def _stepper(move: Callable[..., ir.Value], arrays: int) -> Callable:
    """The body of a pass: `move(vector, pointers, at, g, scalars)` returns the new numbers of u or v.

    The pass has `arrays` pairs of arrays (u, v first), the words of this and the next input, the scalar 2 r
    (g_u = 2 r x u, g_v = -2 r x v) and the scalars of `move`.
    """

    def generate(context, builder, signature, arguments):
        values, size, bits = _open(context, builder, signature, arguments)
        pairs, (now, following, push) = values[: 2 * arrays], values[2 * arrays : 2 * arrays + 3]
        scalars = values[2 * arrays + 3 :]

        def emit(vector, at, place):
            signed = vector.flip(vector.splat(push), _signs(vector, now, place))
            splats = [vector.splat(scalar) for scalar in scalars]
            moved = []
            for side, slope in enumerate((signed, builder.fneg(signed))):
                own = pairs[side::2]
                g = builder.fmul(slope, vector.load(own[0], at))
                moved.append(move(vector, own, at, g, splats))
                vector.store(moved[-1], own[0], at)
            return vector.flip(network(vector, *moved), _signs(vector, following, place))

        return sweep(builder, bits, size, emit)

    return generate


def _plain(vector: Signed, own: Sequence, at: ir.Value, g: ir.Value, scalars: Sequence) -> ir.Value:
    (step,) = scalars
    return vector.fma(vector.builder.fneg(step), g, vector.load(own[0], at))


def _momentum(vector: Signed, own: Sequence, at: ir.Value, g: ir.Value, scalars: Sequence) -> ir.Value:
    c1, step = scalars
    return _plain(vector, own, at, _average(vector, own[1], at, c1, g), (step,))


def _adam(vector: Signed, own: Sequence, at: ir.Value, g: ir.Value, scalars: Sequence) -> ir.Value:
    c1, c2, step, scale, floor, eps = scalars
    builder = vector.builder
    m = _average(vector, own[1], at, c1, g)
    v = _average(vector, own[2], at, c2, builder.fmul(g, g))
    denominator = vector.fma(vector.sqrt(vector.maximum(v, floor)), scale, eps)
    return builder.fsub(vector.load(own[0], at), builder.fdiv(builder.fmul(step, m), denominator))


def _average(vector: Signed, pointer: ir.Value, at: ir.Value, rate: ir.Value, x: ir.Value) -> ir.Value:
    """a <- a + rate (x - a) in place; returns it."""
    old = vector.load(pointer, at)
    new = vector.fma(rate, vector.builder.fsub(x, old), old)
    vector.store(new, pointer, at)
    return new


@intrinsic
def plain(typingctx, u, v, now, following, push, step):
    """u, v <- u, v - step g."""
    return types.float64(u, v, now, following, push, step), _stepper(_plain, 1)


@intrinsic
def momentum(typingctx, u, v, mu, mv, now, following, push, c1, step):
    """m <- m + c1 (g - m); u, v <- u, v - step m."""
    return types.float64(u, v, mu, mv, now, following, push, c1, step), _stepper(_momentum, 2)


@intrinsic
def adam(typingctx, u, v, mu, mv, su, sv, now, following, push, c1, c2, step, scale, floor, eps):
    """m and s average g and g^2; u, v <- u, v - step m / (scale sqrt(max(s, floor)) + eps)."""
    signature = types.float64(u, v, mu, mv, su, sv, now, following, push, c1, c2, step, scale, floor, eps)
    return signature, _stepper(_adam, 3)
