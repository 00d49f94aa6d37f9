"""Functions of vectors, for loops that are generated; see `fused.py`.

Each takes the assembler and vectors and gives a vector; a formula that is named after one of numpy's ufuncs gives what
it gives, the basic ones bit for bit, and comparisons 1 or 0. Infinity and NaN need no branches: a comparison that NaN
fails leaves it as it is.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from llvmlite import ir

from torchnn.kernels import avx512, trigonometry
from torchnn.kernels.assembler import INT32, INT64, Assembler, Vector
from torchnn.kernels.vectors import every, polynomial

Formula = Callable[..., Vector]

# log(2) in two pieces, both positive: products of the first one with whole numbers up to 2^9 and 2^11 are exact.
LOG2_HIGH = {4: 0.693145751953125, 8: 0.693147180369123816490}
LOG2_LOW = {4: 1.42860682030941723e-6, 8: 1.90821492927058770002e-10}

# exp(x) beyond these is infinity or 0, and tanh(x) is 1.
EXP_BOUNDS = {4: (-104.0, 89.0), 8: (-746.0, 710.0)}
TANH_BOUND = {4: 9.0, 8: 20.0}

# Coefficients for floats, found by reweighted least squares (Lawson 1961).
_TANH_ABOVE = (1.0, 0.133839772, 0.00349899256, 2.06612089e-5, 1.34197554e-8)
_TANH_BELOW = (1.0, 0.467172987, 0.0258901927, 0.00032910328, 7.80470052e-7)

# The bits of sqrt(1/2), and terms of the series of log around 1: the first one left out is 1e-9 and 2e-18.
_BITS = {4: 23, 8: 52}
_ROOT_OF_HALF = {4: 0x3F3504F3, 8: 0x3FE6A09E667F3BCD}
_LOG_TERMS = {4: 4, 8: 10}

# About 1/c for the middles c of parts of [3/4, 3/2), in the order of the first four bits behind the point, which are
# ones right below 1; beside 1 it is 1. Near each middle that was taken whose logarithm is nearly a float and a double
# (Gal 1986). Terms of the series of log there: the first one left out is 1e-8 and 2e-17.
_PARTS = (8192, 7496, 7067, 6701, 6389, 6084, 5811, 5593, 10729, 10305, 9866, 9548, 9164, 8865, 8624, 8192)
_INVERSES = [part / 8192 for part in _PARTS]
_NEAR_LOG_TERMS = {4: 7, 8: 14}

# Between these bits numbers have roots that `_root` finds: 2^-900 and 2^1000.
_ROOT_BOUNDS = 0x07B0000000000000, 0x7E70000000000000

# Terms of the series of exp between -log(2)/2 and log(2)/2: the first one left out is 5e-9 and 4e-18.
EXP_TERMS = {4: 8, 8: 14}


def maximum(asm: Assembler, a: Vector, b: Vector) -> Vector:
    """The larger elements; NaN where there is one."""
    return _where_nan(asm, a, asm.where_larger(a, b, a, b))


def minimum(asm: Assembler, a: Vector, b: Vector) -> Vector:
    """The smaller elements; NaN where there is one."""
    return _where_nan(asm, a, asm.where_larger(b, a, a, b))


def _where_nan(asm: Assembler, a: Vector, otherwise: Vector) -> Vector:
    """a where it is NaN."""
    builder = asm.builder
    return Vector(asm, builder.select(builder.fcmp_unordered("uno", a.value, a.value), a.value, otherwise.value))


def fmax(asm: Assembler, a: Vector, b: Vector) -> Vector:
    """The larger elements; the other one where one is NaN."""
    return _where_number(asm, a, maximum(asm, a, b), b)


def fmin(asm: Assembler, a: Vector, b: Vector) -> Vector:
    """The smaller elements; the other one where one is NaN."""
    return _where_number(asm, a, minimum(asm, a, b), b)


def _where_number(asm: Assembler, a: Vector, found: Vector, b: Vector) -> Vector:
    """What was found of a and b, the one that is a number where the other one is not."""
    builder = asm.builder
    alone = builder.select(builder.fcmp_unordered("uno", b.value, b.value), a.value, found.value)
    return Vector(asm, builder.select(builder.fcmp_unordered("uno", a.value, a.value), b.value, alone))


def _clipped(asm: Assembler, x: Vector, low: float, high: float) -> Vector:
    bottom, top = asm.constant(low), asm.constant(high)
    x = asm.where_larger(x, top, top, x)
    return asm.where_larger(bottom, x, bottom, x)


class _Power:
    """2^n and the rest r of x = n log(2) + r, |r| <= log(2)/2.

    n is rounded by adding a number so large that only whole ones lie next to it; it then is in the low bits.
    """

    def __init__(self, asm: Assembler, x: Vector) -> None:
        item = asm.item_bytes
        self._asm, self._bits = asm, 23 if item == 4 else 52
        self._integers = ir.VectorType(ir.IntType(8 * item), asm.lanes)
        shift = asm.constant(1.5 * 2.0**self._bits)
        moved = asm.multiply_add(x, asm.constant(1 / math.log(2)), shift)
        whole = moved - shift
        rest = asm.multiply_add(whole, asm.constant(-LOG2_HIGH[item]), x)
        self.rest = asm.multiply_add(whole, asm.constant(-LOG2_LOW[item]), rest)
        self._whole = whole
        as_integers = [asm.builder.bitcast(vector.value, self._integers) for vector in (moved, shift)]
        self._exponent = asm.builder.sub(*as_integers)

    def _number(self, value: int) -> Any:
        return ir.Constant(self._integers, [value] * self._asm.lanes)

    def _scale(self, exponent: Any) -> Vector:
        builder, bias = self._asm.builder, 127 if self._asm.item_bytes == 4 else 1023
        raised = builder.shl(builder.add(exponent, self._number(bias)), self._number(self._bits))
        return Vector(self._asm, builder.bitcast(raised, self._asm.vector_type))

    def scale(self) -> Vector:
        """2^n, where it is a normal number."""
        return self._scale(self._exponent)

    def scaled(self, x: Vector) -> Vector:
        """2^n x; in two steps, so that n may be twice what an exponent can be, where no instruction does it."""
        if avx512.serves(self._asm):
            return avx512.scaled(self._asm, x, self._whole)
        half = self._asm.builder.ashr(self._exponent, self._number(1))
        return x * self._scale(half) * self._scale(self._asm.builder.sub(self._exponent, half))

    def series(self, last: int) -> Vector:
        """exp(r) without its terms before the one of r^last, divided by r^last."""
        terms = range(last, EXP_TERMS[self._asm.item_bytes])
        return polynomial(self._asm, self.rest, [1 / math.factorial(k) for k in terms])


def exp(asm: Assembler, x: Vector) -> Vector:
    """The exponential, to 1e-7 and 2e-16 (Cody and Waite 1980)."""
    power = _Power(asm, _clipped(asm, x, *EXP_BOUNDS[asm.item_bytes]))
    return power.scaled(power.series(0))


def tanh(asm: Assembler, x: Vector) -> Vector:
    """The hyperbolic tangent, to 2e-7 and 1e-15; its sign is that of x, and it is at most 1."""
    return (_tanh_by_ratio if asm.item_bytes == 4 else _tanh_by_power)(asm, x)


def _tanh_by_ratio(asm: Assembler, x: Vector) -> Vector:
    """x P(x^2) / Q(x^2), a minimax approximation to 3e-8 as far as floats differ from 1."""
    x = _clipped(asm, x, -TANH_BOUND[4], TANH_BOUND[4])
    square = x * x
    slope = _quotient(asm, polynomial(asm, square, _TANH_ABOVE), polynomial(asm, square, _TANH_BELOW))
    return _clipped(asm, x * slope, -1, 1)


def _quotient(asm: Assembler, a: Vector, b: Vector) -> Vector:
    """a / b, of floats to one unit in the last place, for b neither tiny nor huge.

    The processor's division of floats keeps its other arithmetic waiting for 16 cycles.
    """
    if asm.item_bytes == 8 or not avx512.serves(asm):
        return a / b
    inverse = avx512.reciprocal(asm, b)
    found = a * inverse
    return asm.multiply_add(asm.multiply_add(-found, b, a), inverse, found)


def _tanh_by_power(asm: Assembler, x: Vector) -> Vector:
    """e / (e + 2) with e = exp(2|x|) - 1, good for small x too."""
    size = asm.intrinsic("fabs", x)
    power = _Power(asm, _clipped(asm, size + size, 0.0, 2 * TANH_BOUND[asm.item_bytes]))
    scale = power.scale()
    e = asm.multiply_add(power.series(1) * power.rest, scale, scale - asm.constant(1))
    return asm.intrinsic("copysign", e / (e + asm.constant(2)), x)


def sigmoid(asm: Assembler, x: Vector) -> Vector:
    """1 / (1 + exp(-x)), to 2e-7 and 4e-16: below 0 e / (1 + e), with e = exp(-|x|), which can not be infinite."""
    one = asm.constant(1)
    e = exp(asm, -asm.intrinsic("fabs", x))
    return _quotient(asm, asm.where_larger(asm.constant(0), x, e, one), one + e)


def log(asm: Assembler, x: Vector) -> Vector:
    """The natural logarithm, to 1.2e-7 and 2.3e-16: for x = 2^n m, n times that of 2 and that of m."""
    return (_log_by_table if avx512.serves(asm) else _log_by_ratio)(asm, x)


def _log_by_table(asm: Assembler, x: Vector) -> Vector:
    """The logarithm of m as that of the c next to it, from a table, and that of 1 + f = m / c, by a series."""
    # Without its sign: the mantissa of -0 would be -1.
    x = x + asm.constant(0)
    m, item = avx512.mantissa(asm, x), asm.item_bytes
    n = avx512.exponent(asm, x) - avx512.exponent(asm, m)
    integers = ir.VectorType(ir.IntType(8 * item), asm.lanes)
    bits = asm.builder.bitcast(m.value, integers)
    part = asm.builder.lshr(bits, ir.Constant(integers, [_BITS[item] - 4] * asm.lanes))
    f = asm.multiply_add(m, avx512.looked_up(asm, _INVERSES, part), asm.constant(-1))
    high = avx512.looked_up(asm, [-math.log(inverse) for inverse in _INVERSES], part)
    high = asm.multiply_add(n, asm.constant(LOG2_HIGH[item]), high)
    series = polynomial(asm, f, [(-1) ** (k + 1) / k for k in range(2, _NEAR_LOG_TERMS[item] + 1)])
    return high + (f + asm.multiply_add(f * f, series, n * asm.constant(LOG2_LOW[item])))


def _log_by_ratio(asm: Assembler, x: Vector) -> Vector:
    """The logarithm of m, between sqrt(1/2) and sqrt(2), as 2 artanh((m - 1) / (m + 1)), by a series."""
    item, builder, bits = asm.item_bytes, asm.builder, _BITS[asm.item_bytes]
    integers = ir.VectorType(ir.IntType(8 * item), asm.lanes)

    def whole(value: int) -> Any:
        return ir.Constant(integers, [value] * asm.lanes)

    # Numbers too small to be normal are enlarged first.
    normal, infinity, zero = (asm.constant(v) for v in (2.0 ** (-126 if item == 4 else -1022), math.inf, 0))
    number = builder.bitcast(asm.where_larger(normal, x, x * asm.constant(2.0**bits), x).value, integers)
    exponent = builder.ashr(builder.sub(number, whole(_ROOT_OF_HALF[item])), whole(bits))
    m = Vector(asm, builder.bitcast(builder.sub(number, builder.shl(exponent, whole(bits))), asm.vector_type))
    short = exponent if item == 4 else builder.trunc(exponent, ir.VectorType(INT32, asm.lanes))
    n = Vector(asm, builder.sitofp(short, asm.vector_type)) - asm.where_larger(normal, x, asm.constant(bits), zero)
    f = m - asm.constant(1)
    s = f / (f + asm.constant(2))
    square = s * s
    series = square * polynomial(asm, square, [2 / (2 * k + 1) for k in range(1, _LOG_TERMS[item] + 1)])
    # 2 s is f - s f, whose first term is exact.
    rest = asm.multiply_add(s, series - f, n * asm.constant(LOG2_LOW[item]))
    found = asm.multiply_add(n, asm.constant(LOG2_HIGH[item]), f + rest)
    edge = where(asm, _compared(asm, "==", x, zero), asm.constant(-math.inf), asm.constant(math.nan))
    found = asm.where_larger(x, zero, found, edge)
    return where(asm, _compared(asm, "==", x, infinity), infinity, found)


def sqrt(asm: Assembler, x: Vector) -> Vector:
    """The square root, rounded as it should be. The processor's, of doubles, takes as long as fifty additions."""
    if asm.item_bytes == 4 or not avx512.serves(asm):
        return asm.intrinsic("sqrt", x)
    builder, integers = asm.builder, ir.VectorType(INT64, asm.lanes)
    low, high = _ROOT_BOUNDS
    above = builder.sub(builder.bitcast(x.value, integers), ir.Constant(integers, [low] * asm.lanes))
    within = builder.icmp_unsigned("<", above, ir.Constant(integers, [high - low] * asm.lanes))
    return asm.chosen(every(asm, within), lambda: _root(asm, x), lambda: asm.intrinsic("sqrt", x))


def fmod(asm: Assembler, x: Vector, y: Vector) -> Vector:
    """The remainder of x / y with the sign of x, exactly; by the C library where one quotient has too many digits."""
    builder, size, divisor = asm.builder, asm.intrinsic("fabs", x), asm.intrinsic("fabs", y)

    def remainder() -> Vector:
        # The quotient may have been rounded up to a whole number: then what is left is below 0, and exact too.
        left = asm.intrinsic("fma", -asm.intrinsic("trunc", size / divisor), divisor, size)
        left = asm.where_larger(asm.constant(0), left, left + divisor, left)
        return asm.intrinsic("copysign", asm.where_larger(divisor, size, size, left), x)

    limit = asm.constant(2.0**23 if asm.item_bytes == 4 else 2.0**52) * divisor
    near = builder.fcmp_ordered("<", size.value, limit.value)
    return asm.chosen(every(asm, near), remainder, lambda: Vector(asm, builder.frem(x.value, y.value)))


def remainder(asm: Assembler, x: Vector, y: Vector) -> Vector:
    """x - y floor(x / y), of which floats are multiplied and subtracted in double."""
    below = asm.intrinsic("floor", x / y)
    return asm.rounded(asm.widened(x) - asm.widened(below) * asm.widened(y))


def _root(asm: Assembler, x: Vector) -> Vector:
    """The square root g of numbers neither tiny nor huge; h is 1 / (2 g) (Goldschmidt 1964).

    The rest x - g^2 has hardly any error, so that the last step rounds the root, known to twice its digits, once
    (Markstein 1990). Roots so near to the middle between two numbers that these could be too few are those of
    k^2 + k + c with small c, a few hundred: tests try all.
    """
    y, half = avx512.reciprocal_root(asm, x), asm.constant(0.5)
    g, h = x * y, y * half
    for _ in range(2):
        rest = asm.intrinsic("fma", -g, h, half)
        g, h = asm.intrinsic("fma", g, rest, g), asm.intrinsic("fma", h, rest, h)
    return asm.intrinsic("fma", asm.intrinsic("fma", -g, g, x), h, g)


def where(asm: Assembler, condition: Vector, a: Vector, b: Vector) -> Vector:
    """Elements of a where the condition is not 0, of b elsewhere."""
    test = asm.builder.fcmp_unordered("!=", condition.value, asm.constant(0).value)
    return Vector(asm, asm.builder.select(test, a.value, b.value))


def _compared(asm: Assembler, sign: str, a: Vector, b: Vector) -> Vector:
    """1 where a comparison holds, 0 where it does not, as it never does for NaN."""
    test = asm.builder.fcmp_ordered(sign, a.value, b.value)
    return Vector(asm, asm.builder.select(test, asm.constant(1).value, asm.constant(0).value))


FORMULAS: dict[str, Formula] = {
    "add": lambda asm, a, b: a + b,
    "subtract": lambda asm, a, b: a - b,
    "multiply": lambda asm, a, b: a * b,
    "divide": lambda asm, a, b: a / b,
    "maximum": maximum,
    "minimum": minimum,
    "fmax": fmax,
    "fmin": fmin,
    "positive": lambda asm, a: a,
    "negative": lambda asm, a: -a,
    "absolute": lambda asm, a: asm.intrinsic("fabs", a),
    "copysign": lambda asm, a, b: asm.intrinsic("copysign", a, b),
    "square": lambda asm, a: a * a,
    "reciprocal": lambda asm, a: asm.constant(1) / a,
    "sqrt": sqrt,
    "fmod": fmod,
    "remainder_of_floats": remainder,
    "floor": lambda asm, a: asm.intrinsic("floor", a),
    "ceil": lambda asm, a: asm.intrinsic("ceil", a),
    "trunc": lambda asm, a: asm.intrinsic("trunc", a),
    "exp": exp,
    "tanh": tanh,
    "sigmoid_of": sigmoid,
    "log": log,
    "sin": trigonometry.sine,
    "cos": trigonometry.cosine,
    "tan": lambda asm, a: trigonometry.tangent(asm, a, _quotient),
    "arcsin": trigonometry.arc_sine,
    "arccos": trigonometry.arc_cosine,
    "arctan": lambda asm, a: trigonometry.arc_tangent(asm, a, _quotient),
    "where": where,
    "equal": lambda asm, a, b: _compared(asm, "==", a, b),
    "not_equal": lambda asm, a, b: asm.constant(1) - _compared(asm, "==", a, b),
    "greater": lambda asm, a, b: _compared(asm, ">", a, b),
    "greater_equal": lambda asm, a, b: _compared(asm, ">=", a, b),
    "less": lambda asm, a, b: _compared(asm, "<", a, b),
    "less_equal": lambda asm, a, b: _compared(asm, "<=", a, b),
}
