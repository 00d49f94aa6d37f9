"""Sine and cosine in double precision, on vectors.

The C library's take 9 ns for a number, one at a time. Here the argument is reduced to [-pi/4, pi/4] by subtracting a
multiple of pi/2 in three pieces, of which the first two are exact products (Cody and Waite), and the minimax
polynomials of Sun's fdlibm give sine and cosine there, to about 1e-16.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from llvmlite import ir

from torchnn.kernels import jit, launch
from torchnn.kernels.assembler import INT64, Assembler, Integer, Vector, microkernel
from torchnn.kernels.formulas import polynomial

# Beyond this the pieces of pi/2, of 33 bits each, no longer have exact products with the multiple.
LIMIT = 1e6

# Elements that are looked at together: one beyond the limit has the C library compute all of them.
BLOCK = 4096
ITEM = 8

QUARTER = (1.57079632673412561417, 6.07710050630396597660e-11, 2.02226624879595063154e-21)

# Coefficients of powers of r^2, the lowest first.
SINE = (
    -1.66666666666666324348e-01,
    8.33333333332248946124e-03,
    -1.98412698298579493134e-04,
    2.75573137070700676789e-06,
    -2.50507602534068634195e-08,
    1.58969099521155010221e-10,
)
COSINE = (
    4.16666666666666019037e-02,
    -1.38888888888741095749e-03,
    2.48015872894767294178e-05,
    -2.75573143513906633035e-07,
    2.08757232129817482790e-09,
    -1.13596475577881948265e-11,
)


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
    s = asm.multiply_add(r * z, polynomial(asm, z, SINE), r)
    c = asm.multiply_add(z * z, polynomial(asm, z, COSINE), asm.multiply_add(z, asm.constant(-0.5), asm.constant(1)))
    builder, integers = asm.builder, ir.VectorType(INT64, asm.lanes)
    quadrant = builder.add(builder.bitcast(moved.value, integers), asm.counting(quarters, 0).value)
    odd = builder.trunc(quadrant, ir.VectorType(ir.IntType(1), asm.lanes))
    value = builder.bitcast(builder.select(odd, c.value, s.value), integers)
    second = builder.and_(quadrant, ir.Constant(integers, [2] * asm.lanes))
    sign = builder.shl(second, ir.Constant(integers, [62] * asm.lanes))
    return Vector(asm, builder.bitcast(builder.xor(value, sign), asm.vector_type))


def _is_near(asm: Assembler, x: Integer, count: Integer) -> Integer:
    """1 where all elements are within the limit, 0 where one is beyond, or NaN."""
    limit, none, one = asm.constant(math.nextafter(LIMIT, math.inf)), asm.constant(0), asm.constant(1)

    def step(i: Integer, found: list[Any]) -> list[Any]:
        size = asm.intrinsic("fabs", asm.load_part(x + i * asm.vector_bytes, count - i * asm.lanes))
        return [found[0] + asm.where_larger(limit, size, none, one)]

    (beyond,) = asm.repeat(asm.quotient(count + (asm.lanes - 1), asm.lanes), [none], step)
    return asm.equal(Integer(asm, asm.builder.fptosi(asm.total(beyond), INT64)), 0)


@microkernel
def _sines(asm: Assembler, x: Integer, y: Integer, count: Integer, quarters: Integer) -> None:
    def near() -> None:
        def step(i: Integer, _: list[Any]) -> list[Any]:
            at = i * asm.vector_bytes
            left = count - i * asm.lanes
            asm.store_part(y + at, _sine_of_near(asm, asm.load_part(x + at, left), quarters), left)
            return []

        asm.repeat(asm.quotient(count + (asm.lanes - 1), asm.lanes), [], step)

    def far(name: str) -> None:
        def step(i: Integer, _: list[Any]) -> list[Any]:
            at = i * asm.item_bytes
            asm.store_part(y + at, asm.of_equal(name, asm.broadcast(x + at)), 1)
            return []

        asm.repeat(count, [], step)

    asm.either(_is_near(asm, x, count), near, lambda: asm.either(quarters, lambda: far("cos"), lambda: far("sin")))


JOB = jit.job(x=np.intp, y=np.intp, size=np.intp, quarters=np.intp)


@jit.worker(JOB, exact=True)
def _block(job: Any, task: int, thread: int) -> None:
    first = task * BLOCK
    _sines(job.x + first * ITEM, job.y + first * ITEM, min(BLOCK, job.size - first), job.quarters)


def sine(x: np.ndarray, y: np.ndarray, quarters: int) -> None:
    """y = sin(x), or with one of `quarters` sin(x + pi / 2), the cosine; contiguous doubles."""
    job = np.array([launch.address(x), launch.address(y), x.size, quarters])
    launch.run(_block.address(np.float64), job, -(-x.size // BLOCK), x.size >= jit.SERIAL_BELOW)
