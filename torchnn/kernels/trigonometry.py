"""Sine and cosine, on vectors.

The C library's take 9 ns for a double, one at a time. Here a multiple of pi is subtracted in three pieces, of which the
first two are exact products (Cody and Waite), so that one polynomial on [-pi/2, pi/2] gives the sine of what is left,
and the multiple its sign: to 1e-7 and 3e-16. With two polynomials, for sine and cosine on half of that, floats took 1.7
times as long.
"""

from __future__ import annotations

import math

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


def sine(asm: Assembler, x: Vector) -> Vector:
    """sin(x)."""
    return _by_size(asm, x, "sin")


def cosine(asm: Assembler, x: Vector) -> Vector:
    """cos(x)."""
    return _by_size(asm, x, "cos")


def _by_size(asm: Assembler, x: Vector, name: str) -> Vector:
    """The formula where all elements are within the limit, else (or where one is NaN) what the C library gives."""
    limit = asm.constant(LIMITS[asm.item_bytes])
    near = every(asm, asm.builder.fcmp_ordered("<=", asm.intrinsic("fabs", x).value, limit.value))
    return asm.chosen(near, lambda: _near(asm, x, name == "cos"), lambda: asm.intrinsic(name, x))


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
