"""Vectors of integers, and functions of them for loops that are generated; see `fused.py`.

They wrap as C's do. A formula that is named after one of numpy's ufuncs gives what it gives, comparisons 1 or 0.

Processors divide integers one by one, floating-point numbers in vectors, and multiply these in less time still. A
quotient is x times a number a little above 1/y, by more than roundings can take away, cut. That reaches no whole number
n that x / y does not: this lies 1/y below n at least, and is enlarged by less, where |x| + |y| is that much smaller
than the precision. A divisor that is one for all costs one division. 10^6 quotients of 32 bits take 0.35 of numpy's
time, of 64 bits a tenth.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir

from torchnn.kernels.assembler import INT32, INT64, Assembler, Integer, Vector
from torchnn.kernels.formulas import Formula
from torchnn.kernels.vectors import every

KINDS = "bBhilq"  # letters of numpy's types

# How many bytes integers may have for a quotient by floats; integers of 64 bits below this have one by doubles.
BY_FLOATS, BY_DOUBLES = 2, 1 << 48

# What a reciprocal is enlarged by: x + y is less than 2^17 for floats, 2^49 for doubles.
ENLARGED = {4: 1 + 2.0**-20, 8: 1 + 2.0**-50}


class Integers(Assembler):
    """Emits instructions for vectors of integers of a type, or of as many of them as a vector of others has."""

    def __init__(self, builder: Any, kind: np.dtype[Any], lanes: int | None = None) -> None:
        super().__init__(builder, kind.itemsize, lanes)
        self.signed = kind.kind == "i"
        self.item_type = ir.IntType(8 * kind.itemsize)
        self.vector_type = ir.VectorType(self.item_type, self.lanes)
        self._suffix = f"v{self.lanes}{self.item_type.intrinsic_name}"

    def constant(self, value: float) -> Vector:
        """A vector whose elements are all that whole number."""
        return Vector(self, ir.Constant(self.vector_type, [int(value)] * self.lanes))

    def broadcast_number(self, address: Integer) -> Vector:
        """A vector whose elements are all the 64-bit integer at an address, or its low bits."""
        number = self.load_integer(address).value
        element = number if self.item_type == INT64 else self.builder.trunc(number, self.item_type)
        return Vector(self, self._splat(element, self.vector_type))

    def rounded(self, vector: Vector) -> Vector:
        """The low bits of longer integers."""
        same = vector.value.type == self.vector_type
        return vector if same else Vector(self, self.builder.trunc(vector.value, self.vector_type))

    def widened(self, vector: Vector) -> Vector:
        """Numbers that are not negative in double."""
        kind = ir.VectorType(ir.DoubleType(), self.lanes)
        return vector if vector.value.type == kind else Vector(self, self.builder.uitofp(vector.value, kind))

    def compared(self, sign: str, a: Vector, b: Vector) -> Any:
        """Where a comparison holds."""
        return (self.builder.icmp_signed if self.signed else self.builder.icmp_unsigned)(sign, a.value, b.value)

    def truth(self, sign: str, a: Vector, b: Vector) -> Vector:
        """1 where a comparison holds, else 0."""
        return Vector(self, self.builder.zext(self.compared(sign, a, b), self.vector_type))

    def where(self, condition: Any, a: Vector, b: Vector) -> Vector:
        """Elements of a where a comparison holds, else of b."""
        return Vector(self, self.builder.select(condition, a.value, b.value))


def converted(vector: Vector, target: Assembler) -> Vector:
    """Elements as C converts numbers to another type; of what short integers have no room for, low bits, as on x86."""
    builder, source, kind = target.builder, vector.asm, target.vector_type
    wanted, own = kind.element, vector.value.type.element
    whole = [isinstance(each, ir.IntType) for each in (own, wanted)]
    signed = isinstance(source, Integers) and source.signed
    if own == wanted:
        return vector
    if all(whole):
        longer = builder.sext if signed else builder.zext
        return Vector(target, (builder.trunc if own.width > wanted.width else longer)(vector.value, kind))
    if whole[0]:
        return Vector(target, (builder.sitofp if signed else builder.uitofp)(vector.value, kind))
    if whole[1]:
        short = wanted.width < 32
        cut = builder.fptosi(vector.value, ir.VectorType(INT32, target.lanes) if short else kind)
        return Vector(target, builder.trunc(cut, kind) if short else cut)
    longer = own == ir.FloatType()
    return Vector(target, (builder.fpext if longer else builder.fptrunc)(vector.value, kind))


def _larger(asm: Integers, a: Vector, b: Vector) -> Vector:
    return asm.where(asm.compared(">", a, b), a, b)


def _smaller(asm: Integers, a: Vector, b: Vector) -> Vector:
    return asm.where(asm.compared("<", a, b), a, b)


def _absolute(asm: Integers, a: Vector) -> Vector:
    return _larger(asm, a, -a) if asm.signed else a


def _sign(asm: Integers, a: Vector) -> Vector:
    zero = asm.constant(0)
    above = asm.truth(">", a, zero)
    return above - asm.truth("<", a, zero) if asm.signed else above


def _shifted(name: str) -> Formula:
    """Bits shifted one way, whatever the sign. Shifted by no fewer bits than there are, nothing is left."""

    def formula(asm: Integers, a: Vector, b: Vector) -> Vector:
        few = asm.builder.icmp_unsigned("<", b.value, asm.constant(8 * asm.item_bytes).value)
        return asm.where(few, Vector(asm, getattr(asm.builder, name)(a.value, b.value)), asm.constant(0))

    return formula


def _quotient(asm: Integers, x: Vector, y: Vector) -> Vector:
    """x / y toward zero, where y is not 0."""
    if asm.item_bytes < 8:
        return _by_reciprocal(asm, x, y)
    builder = asm.builder
    sizes = [builder.xor(a.value, builder.ashr(a.value, asm.constant(63).value)) for a in (x, y)]
    near = builder.icmp_unsigned("<", builder.or_(*sizes), asm.constant(BY_DOUBLES).value)
    return asm.chosen(every(asm, near), lambda: _by_reciprocal(asm, x, y), lambda: _one_by_one(asm, x, y))


def _by_reciprocal(asm: Integers, x: Vector, y: Vector) -> Vector:
    builder, short = asm.builder, asm.item_bytes <= BY_FLOATS
    real = Assembler(builder, 4 if short else 8, asm.lanes)
    convert = builder.sitofp if asm.signed else builder.uitofp
    a, b = (Vector(real, convert(each.value, real.vector_type)) for each in (x, y))
    found = a * (real.constant(1) / b * real.constant(ENLARGED[real.item_bytes]))
    # Longer than the result: the smallest number divided by -1 wraps.
    return asm.rounded(Vector(asm, builder.fptosi(found.value, ir.VectorType(INT32 if short else INT64, asm.lanes))))


def _one_by_one(asm: Integers, x: Vector, y: Vector) -> Vector:
    """The same by the processor's division; -2^63 / -1, and 0 in elements that do not count, would end the process."""
    builder, one = asm.builder, asm.constant(1)
    minus = asm.compared("==", y, -one)
    other = asm.where(builder.or_(minus, asm.compared("==", y, asm.constant(0))), one, y)
    return asm.where(minus, -x, Vector(asm, builder.sdiv(x.value, other.value)))


def _rest(asm: Integers, x: Vector, y: Vector) -> Vector:
    """What the quotient leaves of x, which has the sign of x."""
    return x - _quotient(asm, x, y) * y


def _remainder(asm: Integers, x: Vector, y: Vector) -> Vector:
    """x - y floor(x / y), which has the sign of y."""
    rest, zero = _rest(asm, x, y), asm.constant(0)
    if not asm.signed:
        return rest
    signs = Vector(asm, asm.builder.xor(rest.value, y.value))
    below = asm.builder.and_(asm.compared("!=", rest, zero), asm.compared("<", signs, zero))
    return asm.where(below, rest + y, rest)


def _sum_with_quotient(asm: Integers, x: Vector, v: Vector, y: Vector, z: Vector) -> Vector:
    """x + v y / z; C computes v y of bytes and shorts in 32 bits, so that it does not wrap before the division."""
    wide = asm if asm.item_bytes >= 4 else Integers(asm.builder, np.dtype(np.int32), asm.lanes)
    if wide is not asm:
        extend = asm.builder.sext if asm.signed else asm.builder.zext
        v, y, z = (Vector(wide, extend(each.value, wide.vector_type)) for each in (v, y, z))
    return x + asm.rounded(_quotient(wide, v * y, z))


def _bitwise(name: str) -> Formula:
    return lambda asm, a, b: Vector(asm, getattr(asm.builder, name)(a.value, b.value))


def _comparison(sign: str) -> Formula:
    return lambda asm, a, b: asm.truth(sign, a, b)


FORMULAS: dict[str, Formula] = {
    "add": lambda asm, a, b: a + b,
    "subtract": lambda asm, a, b: a - b,
    "multiply": lambda asm, a, b: a * b,
    "maximum": _larger,
    "minimum": _smaller,
    "positive": lambda asm, a: a,
    "negative": lambda asm, a: -a,
    "absolute": _absolute,
    "square": lambda asm, a: a * a,
    "sign": _sign,
    "bitwise_and": _bitwise("and_"),
    "bitwise_or": _bitwise("or_"),
    "bitwise_xor": _bitwise("xor"),
    "left_shift": _shifted("shl"),
    "shifted_as_unsigned": _shifted("lshr"),
    "truncated_quotient": _quotient,
    "rest_of_integers": _rest,
    "remainder_of_integers": _remainder,
    "sum_with_truncated_quotient": lambda asm, x, y, z: _sum_with_quotient(asm, x, asm.constant(1), y, z),
    "sum_with_scaled_truncated_quotient": _sum_with_quotient,
    "equal": _comparison("=="),
    "not_equal": _comparison("!="),
    "greater": _comparison(">"),
    "greater_equal": _comparison(">="),
    "less": _comparison("<"),
    "less_equal": _comparison("<="),
}
