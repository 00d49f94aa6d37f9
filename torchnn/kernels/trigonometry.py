"""Sine, cosine and tangent, on vectors, and the inverse of each.

The C library's take 9 ns for a double, one at a time. Here a multiple of pi is subtracted in three pieces, of which the
first two are exact products (Cody and Waite), so that one polynomial on [-pi/2, pi/2] gives the sine of what is left,
and the multiple its sign: to 1e-7 and 3e-16. With two polynomials, for sine and cosine on half of that, floats took 1.7
times as long. The tangent is the quotient of these two, and its digits all count: to 3e-7 and 6e-16 of itself.

Inverses are odd series in a number t of at most 1/2, or 1 for the tangent's: others are turned around 1, by a root or a
quotient. To 3e-7 and 5e-16 of themselves. The C library's and numpy's loops took 1.2 to 1.9 times as long.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from llvmlite import ir

from torchnn.kernels.assembler import Assembler, Vector
from torchnn.kernels.vectors import every, polynomial

# Beyond these the pieces of pi, of 12 and 33 bits each, no longer have exact products with the multiple: there the C
# library computes.
LIMITS = {4: 6000.0, 8: 1e6}

PIECES = {
    4: (3.140625, 9.677410125732422e-4, -8.742278000372486e-8),
    8: (3.14159265346825122834, 1.21542010126079319532e-10, 4.04453249759190126308e-21),
}

# Coefficients of powers of r^2, the lowest first: for floats found by reweighted least squares, to 6e-9; for doubles
# the series, of which the first term left out is 1e-18.
SINES = {
    4: (-0.166666596, 0.00833306625, -0.000198096029, 2.60578067e-06),
    8: tuple((-1) ** k / math.factorial(2 * k + 1) for k in range(1, 11)),
}

# Pieces of pi/2; with four, floats near a pole have their digits too. And of sine and cosine between -pi/4 and pi/4,
# to 1e-8 and 2e-17, what r + r^3 P(r^2) and 1 - r^2 / 2 + r^4 P(r^2) need; like all below by Chebyshev's points.
QUARTER = {
    4: (1.5703125, 4.837512969970703e-4, 7.549533620476723e-8, 2.5633440682570896e-12),
    8: (1.5707963267341256, 6.077100506303966e-11, 2.0222662487959506e-21),
}
SINES_OF_QUARTER = {
    4: (-0.16666664661114838, 0.008332748037517143, -0.0001958784052130493),
    8: (
        *(-0.16666666666666666, 0.008333333333330993, -0.00019841269836787695),
        *(2.7557316110503046e-06, -2.505113280118048e-08, 1.5918170433148373e-10),
    ),
}
COSINES_OF_QUARTER = {
    4: (0.04166666465830042, -0.0013888302802309216, 2.4547891619819782e-05),
    8: (
        *(0.04166666666666677, -0.0013888888888910452, 2.480158731549192e-05),
        *(-2.7557322628727586e-07, 2.0876929392168222e-09, -1.1425349441091166e-11),
    ),
}

# Of t (1 + t^2 P(t^2)): the arc sine up to 1/2, to 1e-9 and 4e-18, and the arc tangent up to 1, to 1e-9 and 2e-17.
ARC_SINES = {
    4: (
        *(0.16666666337430908, 0.07500094543497343, 0.0445994015285256),
        *(0.031100662735392987, 0.017149238158031706, 0.033690847202366286),
    ),
    8: (
        *(0.16666666666666663, 0.07499999999999873, 0.04464285714506217, 0.0303819441969279, 0.022372171380882537),
        *(0.017352419537540312, 0.013970903711280932, 0.011481623205081348, 0.010309514350185017),
        *(0.005506395942303735, 0.0172848268121148, -0.014691318424529455, 0.02865950106493057),
    ),
}
ARC_TANGENTS = {
    4: (
        *(-0.3333333308107325, 0.19999949321141894, -0.14284003794733618, 0.11088261628735656, -0.0893182677738287),
        *(0.07031914250032881, -0.048960514027124064, 0.026305001110085244, -0.00914462976060097),
        *(0.0014886919393061122,),
    ),
    8: (
        *(-0.3333333333333333, 0.19999999999997642, -0.14285714285390338, 0.11111111093661757, -0.09090908593705496),
        *(0.07692299001727065, -0.06666564935671127, 0.05881508217089427, -0.052579790735972055),
        *(0.04737768525509948, -0.04260405356863205, 0.037495849714901094, -0.03127873844917336),
        *(0.02369863763972746, -0.015536958592982372, 0.008370222531126867, -0.0034965592113431585),
        *(0.001049844836721936, -0.00020001503752210592, 1.806737174056365e-05),
    ),
}

# pi/2 and what is left of it; of numbers beyond the last ones the arc tangent is that.
HALF_PI = {4: (1.5707963705062866, -4.371139000186241e-08), 8: (math.pi / 2, 6.123233995736766e-17)}
FAR = {4: 1e15, 8: 1e30}

# A quotient of numbers neither tiny nor huge.
Quotient = Callable[[Assembler, Vector, Vector], Vector]


def sine(asm: Assembler, x: Vector) -> Vector:
    """sin(x)."""
    return _by_size(asm, x, lambda: _near(asm, x, False), lambda: asm.intrinsic("sin", x))


def cosine(asm: Assembler, x: Vector) -> Vector:
    """cos(x)."""
    return _by_size(asm, x, lambda: _near(asm, x, True), lambda: asm.intrinsic("cos", x))


def tangent(asm: Assembler, x: Vector, quotient: Quotient) -> Vector:
    """tan(x)."""

    def far() -> Vector:
        return asm.intrinsic("sin", x) / asm.intrinsic("cos", x)

    return _by_size(asm, x, lambda: _near_tangent(asm, x, quotient), far)


def _by_size(asm: Assembler, x: Vector, near_by: Callable[[], Vector], far: Callable[[], Vector]) -> Vector:
    """The formula where all elements are within the limit, else (or where one is NaN) what the C library gives."""
    limit = asm.constant(LIMITS[asm.item_bytes])
    near = every(asm, asm.builder.fcmp_ordered("<=", asm.intrinsic("fabs", x).value, limit.value))
    return asm.chosen(near, near_by, far)


def _near(asm: Assembler, x: Vector, shifted: bool) -> Vector:
    """sin(r), with the sign of (-1)^k, for x = k pi + r within the limit; for the cosine x = (k + 1/2) pi - r."""
    item, builder = asm.item_bytes, asm.builder
    # Adding a number next to which only whole ones lie rounds, and leaves the whole number in the low bits.
    whole, half, inverse = asm.constant(1.5 * 2.0 ** (23 if item == 4 else 52)), asm.constant(0.5), 1 / math.pi
    if shifted:
        moved = asm.multiply_add(x, asm.constant(inverse), -half) + whole
        n, r, sign = moved - whole + half, -x, 1
    else:
        moved = asm.multiply_add(x, asm.constant(inverse), whole)
        n, r, sign = moved - whole, x, -1
    for piece in PIECES[item]:
        r = asm.multiply_add(n, asm.constant(sign * piece), r)
    z = r * r
    value = asm.multiply_add(r * z, polynomial(asm, z, SINES[item]), r).value
    if not shifted:  # -0
        value = builder.select(builder.fcmp_ordered("==", x.value, asm.constant(0).value), x.value, value)
    integers = ir.VectorType(ir.IntType(8 * item), asm.lanes)
    lowest = ir.Constant(integers, [8 * item - 1] * asm.lanes)
    turned = builder.shl(builder.bitcast(moved.value, integers), lowest)
    return Vector(asm, builder.bitcast(builder.xor(builder.bitcast(value, integers), turned), asm.vector_type))


def _near_tangent(asm: Assembler, x: Vector, quotient: Quotient) -> Vector:
    """sin(r) / cos(r), or -cos(r) / sin(r) where k is odd, for x = k pi/2 + r within the limit."""
    item, builder = asm.item_bytes, asm.builder
    whole, one = asm.constant(1.5 * 2.0 ** (23 if item == 4 else 52)), asm.constant(1)
    moved = asm.multiply_add(x, asm.constant(2 / math.pi), whole)
    n, r = moved - whole, x
    for piece in QUARTER[item]:
        r = asm.multiply_add(n, asm.constant(-piece), r)
    z = r * r
    sin = asm.multiply_add(r * z, polynomial(asm, z, SINES_OF_QUARTER[item]), r)
    cos = asm.multiply_add(z * z, polynomial(asm, z, COSINES_OF_QUARTER[item]), one - z * asm.constant(0.5))
    integers = ir.VectorType(ir.IntType(8 * item), asm.lanes)
    odd = builder.trunc(builder.bitcast(moved.value, integers), ir.VectorType(ir.IntType(1), asm.lanes))
    above, below = (builder.select(odd, a.value, b.value) for a, b in ((cos, sin), (-sin, cos)))
    found = quotient(asm, Vector(asm, above), Vector(asm, below))
    # -0, and numbers that are no more than their tangents.
    small = builder.fcmp_ordered("<", asm.intrinsic("fabs", x).value, asm.constant(2.0**-40).value)
    return Vector(asm, builder.select(small, x.value, found.value))


def arc_sine(asm: Assembler, x: Vector) -> Vector:
    """asin(x): above 1/2 pi/2 - 2 asin(t), with t the root of (1 - |x|) / 2."""
    far, series = _arc(asm, x)
    high, low = (asm.constant(part) for part in HALF_PI[asm.item_bytes])
    turned = high - (series + series - low)
    return asm.intrinsic("copysign", Vector(asm, asm.builder.select(far, turned.value, series.value)), x)


def arc_cosine(asm: Assembler, x: Vector) -> Vector:
    """acos(x): above 1/2 2 asin(t), below -1/2 pi minus that, else pi/2 - asin(x)."""
    builder = asm.builder
    far, series = _arc(asm, x)
    signed = asm.intrinsic("copysign", series, x)
    below = builder.fcmp_ordered("<", x.value, asm.constant(0).value)
    parts = []
    for part in HALF_PI[asm.item_bytes]:
        half, whole, nothing = (asm.constant(part * k).value for k in (1, 2, 0))
        parts.append(Vector(asm, builder.select(far, builder.select(below, whole, nothing), half)))
    high, low = parts
    return high + (Vector(asm, builder.select(far, (signed + signed).value, (-signed).value)) + low)


def _arc(asm: Assembler, x: Vector) -> tuple[Any, Vector]:
    """Where |x| is above 1/2, and asin(t) for the t there or |x|."""
    builder, half = asm.builder, asm.constant(0.5)
    size = asm.intrinsic("fabs", x)
    far = builder.fcmp_ordered(">", size.value, half.value)
    z = Vector(asm, builder.select(far, (half - half * size).value, (size * size).value))
    t = Vector(asm, builder.select(far, asm.intrinsic("sqrt", z).value, size.value))
    return far, asm.multiply_add(t * z, polynomial(asm, z, ARC_SINES[asm.item_bytes]), t)


def arc_tangent(asm: Assembler, x: Vector, quotient: Quotient) -> Vector:
    """atan(x): above 1 pi/2 - atan(1 / |x|)."""
    builder, item = asm.builder, asm.item_bytes
    one, most = asm.constant(1), asm.constant(FAR[item])
    size = asm.intrinsic("fabs", x)
    size = asm.where_larger(size, most, most, size)
    far = builder.fcmp_ordered(">", size.value, one.value)
    above, below = (builder.select(far, a.value, b.value) for a, b in ((one, size), (size, one)))
    t = quotient(asm, Vector(asm, above), Vector(asm, below))
    z = t * t
    series = asm.multiply_add(t * z, polynomial(asm, z, ARC_TANGENTS[item]), t)
    high, low = (asm.constant(part) for part in HALF_PI[item])
    turned = high - (series - low)
    return asm.intrinsic("copysign", Vector(asm, builder.select(far, turned.value, series.value)), x)
