"""Sine and cosine in double precision, on vectors.

The C library's take 9 ns for a number, one at a time. Here the argument is reduced to [-pi/4, pi/4] by subtracting a
multiple of pi/2 in three pieces, of which the first two are exact products (Cody and Waite), and the minimax
polynomials of Sun's fdlibm give sine and cosine there, to about 1e-16.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from llvmlite import ir
from numba import prange

from torchnn.kernels import jit
from torchnn.kernels.assembler import INT64, Assembler, Integer, Vector, microkernel

Array = np.ndarray[Any, Any]

# Beyond this the pieces of pi/2, of 33 bits each, no longer have exact products with the multiple.
LIMIT = 1e6

# Elements that are looked at together: one beyond the limit has the C library compute all of them.
BLOCK = 4096

QUARTER = (1.57079632673412561417, 6.07710050630396597660e-11, 2.02226624879595063154e-21)

# Coefficients of powers of r^2, the highest first.
SINE = (
    1.58969099521155010221e-10,
    -2.50507602534068634195e-08,
    2.75573137070700676789e-06,
    -1.98412698298579493134e-04,
    8.33333333332248946124e-03,
    -1.66666666666666324348e-01,
)
COSINE = (
    -1.13596475577881948265e-11,
    2.08757232129817482790e-09,
    -2.75573143513906633035e-07,
    2.48015872894767294178e-05,
    -1.38888888888741095749e-03,
    4.16666666666666019037e-02,
)


def _series(asm: Assembler, z: Vector, coefficients: Sequence[float]) -> Vector:
    found = asm.constant(coefficients[0])
    for coefficient in coefficients[1:]:
        found = asm.multiply_add(found, z, asm.constant(coefficient))
    return found


def _sine_of_near(asm: Assembler, x: Vector, quarters: Integer) -> Vector:
    """sin(x + quarters pi/2) for x within the limit."""
    # Adding a number next to which only whole ones lie rounds, and leaves the whole number in the low bits.
    shift = asm.constant(1.5 * 2.0**52)
    moved = asm.multiply_add(x, asm.constant(2 / math.pi), shift)
    n = moved - shift
    r = x
    for piece in QUARTER:
        r = asm.multiply_add(n, asm.constant(-piece), r)
    z = r * r
    s = asm.multiply_add(r * z, _series(asm, z, SINE), r)
    c = asm.multiply_add(z * z, _series(asm, z, COSINE), asm.multiply_add(z, asm.constant(-0.5), asm.constant(1)))
    builder, integers = asm.builder, ir.VectorType(INT64, asm.lanes)
    quadrant = builder.add(builder.bitcast(moved.value, integers), asm.counting(quarters, 0).value)
    odd = builder.trunc(quadrant, ir.VectorType(ir.IntType(1), asm.lanes))
    value = builder.bitcast(builder.select(odd, c.value, s.value), integers)
    second = builder.and_(quadrant, ir.Constant(integers, [2] * asm.lanes))
    sign = builder.shl(second, ir.Constant(integers, [62] * asm.lanes))
    return Vector(asm, builder.bitcast(builder.xor(value, sign), asm.vector_type))


@microkernel
def _near_block(asm: Assembler, x: Integer, y: Integer, count: Integer, quarters: Integer) -> None:
    def step(i: Integer, _: list[Any]) -> list[Any]:
        at = i * asm.vector_bytes
        left = count - i * asm.lanes
        asm.store_part(y + at, _sine_of_near(asm, asm.load_part(x + at, left), quarters), left)
        return []

    asm.repeat(asm.quotient(count + (asm.lanes - 1), asm.lanes), [], step)


@jit.exact
def _near(x: Array) -> bool:
    beyond = 0
    for i in range(x.size):
        beyond += not abs(x[i]) <= LIMIT
    return beyond == 0


@jit.exact_threaded
def sine(x: Array, y: Array, quarters: int) -> None:
    """y = sin(x), or with one of `quarters` sin(x + pi / 2), the cosine."""
    for block in prange(-(-x.size // BLOCK)):
        angles, found = x[block * BLOCK : (block + 1) * BLOCK], y[block * BLOCK : (block + 1) * BLOCK]
        if _near(angles):
            _near_block(np.float64(0), (angles.ctypes.data, found.ctypes.data, angles.size, quarters))
        elif quarters == 1:
            found[:] = np.cos(angles)
        else:
            found[:] = np.sin(angles)
